"""The protocol of workers: what a job needs of whatever colours films and stills."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

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


class Worker(Protocol):
    """A worker: colours one film, or one stream of stills, at a time.

    `engine.pipeline.worker.Worker` is the real one; it loads torch, which a plan and the driver of
    a cluster do without.
    """

    @property
    def fingerprint(self) -> str:
        """SHA-256 over settings, weights and backend: equal ones give equal pictures."""

    def film(self, source: Path, target: Path, on_frame: Callable[[], None]) -> FilmReport:
        """Colour a film in one go, and call `on_frame` after each frame."""

    def index(self, source: Path, on_frame: Callable[[], None]) -> FilmIndex:
        """Decode a film once, to know its frames and shots; `on_frame` follows each frame."""

    def segment(
        self,
        source: Path,
        index: FilmIndex,
        segment: Segment,
        target: Path,
        on_frame: Callable[[], None],
    ) -> None:
        """Colour a run of a film's frames into a file that `assemble` takes."""

    def assemble(
        self, source: Path, index: FilmIndex, segments: Sequence[Path], target: Path
    ) -> FilmReport:
        """Put a film together from its coloured segments."""

    def stills(
        self, items: Iterable[tuple[str, Callable[[], bytes]]]
    ) -> Iterator[tuple[str, bytes | KinemacolorError, StillReport | None]]:
        """Colour stills: names and loaders in; names, contents or errors, and reports out.

        The order is kept, and each item gives one result. Items are taken, and their loaders
        called, in any thread, a few items before their results are asked for.
        """


WorkerFactory: TypeAlias = Callable[[Settings], Worker]  # makes a job's worker from its settings
