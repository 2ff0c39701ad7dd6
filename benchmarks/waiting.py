"""SIMULATED network: a worker that waits a fixed time in place of all arithmetic."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.guidance.exemplars.exemplar_facts import ExemplarFacts
from kinemacolor.engine.media.index_range import IndexRange
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.media.video.index_ranges import plan_ranges
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.pipeline.colorless import FrameColors
from kinemacolor.engine.pipeline.segmentation import Segment
from kinemacolor.engine.settings import Settings


class Made(NamedTuple):
    """Stand-in for `engine.pipeline.film.FilmReport`, which would load torch in every actor."""

    frames: int
    missing: int = 0
    notes: tuple[str, ...] = ()
    given_back: bool = False
    exemplars: ExemplarFacts | None = None
    led: tuple[tuple[int, float], ...] = ()


class Waiting:
    """Stand-in for `engine.pipeline.worker.Worker` that colours nothing.

    Args:
        settings: of the job, with segments of one frame.
        wait: seconds a segment.
        units: number of segments that every film is reported to have.
    """

    fingerprint = "simulated: a fixed wait"

    def __init__(self, settings: Settings, wait: float, units: int) -> None:
        self._wait, self._units = wait, units

    def index(self, source: Path, on_frame: Callable[[], None]) -> FilmIndex:
        """An index of as many frames as there are to be segments."""
        on_frame()
        frames = list(range(self._units))
        return FilmIndex(frames, frames, list(frames), frames, frames, 0, ())

    def ranges(self, source: Path) -> list[IndexRange]:
        """None: an index takes no time here."""
        return []

    def index_range(
        self, source: Path, part: IndexRange, target: Path, on_frame: Callable[[], None]
    ) -> bool:
        """Nothing, and so not as it should be."""
        return False

    def joined_index(self, source: Path, parts: Sequence[Path]) -> FilmIndex:
        """As `index`."""
        return self.index(source, lambda: None)

    def exemplars(
        self,
        source: Path,
        index: FilmIndex,
        guide: str,
        folder: Path,
        on_frame: Callable[[], None],
    ) -> ExemplarFacts:
        """None at all, as of a film of one shot."""
        folder.mkdir()
        return ExemplarFacts((0,), ("",))

    def segment(
        self,
        source: Path,
        index: FilmIndex,
        segment: Segment,
        target: Path,
        on_frame: Callable[[], None],
        exemplars: Path | None = None,
    ) -> FrameColors:
        """Wait, and write something."""
        time.sleep(self._wait)
        with atomic_write(target) as part:
            part.write_bytes(b"nothing")
        on_frame()
        return FrameColors(1)

    def assemble(
        self,
        source: Path,
        index: FilmIndex,
        segments: Sequence[Path],
        target: Path,
        tags: Mapping[str, str] = MappingProxyType({}),
    ) -> Made:
        """Write something."""
        with atomic_write(target) as part:
            part.write_bytes(b"nothing")
        return Made(self._units)

    def film(
        self, source: Path, target: Path, on_frame: Callable[[], None], guide: str = ""
    ) -> Made:
        """Wait, and write something."""
        index = self.index(source, on_frame)
        self.segment(source, index, Segment(0, 1, 0, 1), target, on_frame)
        return Made(1)

    def stills(
        self, items: Iterable[tuple[str, Callable[[], bytes]]]
    ) -> Iterator[tuple[str, bytes, None]]:
        """Wait for every still, and leave it as it is."""
        for name, load in items:
            time.sleep(self._wait)
            yield name, load(), None


class WaitingByFrame(Waiting):
    """SIMULATED worker of one long film, which waits for every frame, at its index and its colours.

    What ranges it can be indexed by is read from its packets.

    Args:
        settings: of the job.
        index_wait, wait: seconds a frame, of indexing and of colouring.
        frames: of the film.
        by_ranges: whether it is indexed by ranges.
    """

    def __init__(
        self,
        settings: Settings,
        index_wait: float,
        wait: float,
        frames: int,
        by_ranges: bool,
    ) -> None:
        super().__init__(settings, wait, frames)
        self._index_wait, self._by_ranges = index_wait, by_ranges

    def ranges(self, source: Path) -> list[IndexRange]:
        """Those of the film's packets."""
        return plan_ranges(probe(source)) if self._by_ranges else []

    def index_range(
        self, source: Path, part: IndexRange, target: Path, on_frame: Callable[[], None]
    ) -> bool:
        """Wait for every frame, and write something."""
        time.sleep(self._index_wait * (part.stop - part.first))
        target.write_bytes(b"nothing")
        return True

    def index(self, source: Path, on_frame: Callable[[], None]) -> FilmIndex:
        """Wait for every frame."""
        time.sleep(self._index_wait * self._units)
        return self.joined_index(source, ())

    def joined_index(self, source: Path, parts: Sequence[Path]) -> FilmIndex:
        """An index of all frames, which are one shot."""
        frames = list(range(self._units))
        return FilmIndex(frames, frames, list(frames), frames, [0], 0, ())

    def segment(
        self,
        source: Path,
        index: FilmIndex,
        segment: Segment,
        target: Path,
        on_frame: Callable[[], None],
        exemplars: Path | None = None,
    ) -> FrameColors:
        """Wait for every frame, and write something."""
        time.sleep(self._wait * (segment.stop - segment.start))
        target.write_bytes(b"nothing")
        return FrameColors(segment.stop - segment.start)
