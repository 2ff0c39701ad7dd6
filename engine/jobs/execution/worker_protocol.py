"""The protocol of workers: what a job needs of whatever colours films and stills."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias

from kinemacolor.engine.guidance.exemplars.exemplar_facts import ExemplarFacts
from kinemacolor.engine.media.index_range import IndexRange
from kinemacolor.engine.pipeline.colorless import FrameColors
from kinemacolor.engine.pipeline.segmentation import Segment
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:
    from kinemacolor.engine.media.video.index import FilmIndex  # the codecs load slowly


class FilmReport(Protocol):
    """What a worker tells of a coloured film, as `engine.pipeline.film.FilmReport` does."""

    @property
    def frames(self) -> int:
        """Frames that were coloured."""

    @property
    def missing(self) -> int:
        """Frames that the damaged source has lost (salvage only)."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the film's owner should know."""

    @property
    def given_back(self) -> bool:
        """Whether it is in colour already, and no file was made of it."""

    @property
    def exemplars(self) -> ExemplarFacts | None:
        """What its shots took colours from; None where they had none, or another unit tells."""

    @property
    def led(self) -> tuple[tuple[int, float], ...]:
        """Frames that met a person's exemplars: number, and the share of the picture led."""


class StillReport(Protocol):
    """What a worker tells of a coloured still, as `engine.pipeline.stills.StillReport` does."""

    @property
    def lightness_error_mean(self) -> float:
        """Mean |L* difference| to the source over the still's pixels."""

    @property
    def lightness_error_max(self) -> float:
        """Largest |L* difference| to the source over the still's pixels."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the still's owner should know."""

    @property
    def given_back(self) -> bool:
        """Whether it is in colour already, and its content came as it is."""


class Worker(Protocol):
    """A worker: colours one film, or one stream of stills, at a time.

    `engine.pipeline.worker.Worker` is the real one; it loads torch, which a plan and the driver of
    a cluster do without.
    """

    @property
    def fingerprint(self) -> str:
        """SHA-256 over settings, weights and backend: equal ones give equal pictures."""

    def film(
        self, source: Path, target: Path, on_frame: Callable[[], None], guide: str = ""
    ) -> FilmReport:
        """Colour a film in one go, and call `on_frame` after each frame.

        `guide` is what a person said of it, as an asset has it; the result's tag tells of it.
        """

    def index(self, source: Path, on_frame: Callable[[], None]) -> FilmIndex:
        """Decode a film once, to know its frames and shots; `on_frame` follows each frame."""

    def ranges(self, source: Path) -> list[IndexRange]:
        """The ranges of a film that can be indexed side by side; none where it is to be in one."""

    def index_range(
        self, source: Path, part: IndexRange, target: Path, on_frame: Callable[[], None]
    ) -> bool:
        """Read one of a film's `ranges` into a file that `joined_index` takes.

        Returns:
            Whether it is as it should be; where not, the film is to be indexed in one go.
        """

    def joined_index(self, source: Path, parts: Sequence[Path]) -> FilmIndex:
        """A film's index, as `index` gives it, from the files of all its ranges, in order.

        Raises:
            KinemacolorError: a file is damaged.
        """

    def exemplars(
        self,
        source: Path,
        index: FilmIndex,
        guide: str,
        folder: Path,
        on_frame: Callable[[], None],
    ) -> ExemplarFacts:
        """Find what the frames of each shot of a film take their colours from.

        Args:
            source, index: the film.
            guide: what a person said of it; may be empty.
            folder: where it is stored; it appears whole, and takes the place of an older one.
            on_frame: called after each frame that was looked at.

        Raises:
            KinemacolorError: the guide does not fit the film.
        """

    def segment(
        self,
        source: Path,
        index: FilmIndex,
        segment: Segment,
        target: Path,
        on_frame: Callable[[], None],
        exemplars: Path | None = None,
    ) -> FrameColors:
        """Colour a run of a film's frames into a file that `assemble` takes.

        Args:
            source, index: the film.
            segment: which frames.
            target: the file.
            on_frame: called after each frame.
            exemplars: folder by the method of this name; None where there is none.

        Raises:
            KinemacolorError: about a path in `exemplars`, where that cannot be read.
        """

    def assemble(
        self,
        source: Path,
        index: FilmIndex,
        segments: Sequence[Path],
        target: Path,
        tags: Mapping[str, str] = MappingProxyType({}),
    ) -> FilmReport:
        """Put a film together from its coloured segments.

        `tags` are properties that its tag has besides, by `guide_properties`.
        """

    def stills(
        self, items: Iterable[tuple[str, Callable[[], bytes]]]
    ) -> Iterator[tuple[str, bytes | KinemacolorError, StillReport | None]]:
        """Colour stills: names and loaders in; names, contents or errors, and reports out.

        The order is kept, and each item gives one result. Items are taken, and their loaders
        called, in any thread, a few items before their results are asked for. A loader's `guide`,
        where it has one, is what a person said of the still; the result's tag tells of it.
        """


WorkerFactory: TypeAlias = Callable[[Settings], Worker]  # makes a job's worker from its settings
