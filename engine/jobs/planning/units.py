"""Units: pieces of a job, each of which can be done alone, anywhere, and again.

A unit holds paths and numbers of frames, never pixels.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.media.index_range import IndexRange
from kinemacolor.engine.pipeline.segmentation import Segment

UNREADABLE = "unreadable"  # the version of a source that cannot be looked at


class Step(StrEnum):
    """What a unit does to its assets."""

    STILLS = "stills"
    ARCHIVE = "archive"
    RANGES = "ranges"
    RANGE = "range"
    INDEX = "index"
    EXEMPLARS = "exemplars"
    SEGMENT = "segment"
    ASSEMBLY = "assembly"


# What is done before a film's frames are known and counted one by one.
FILM_BEGINNINGS = (Step.RANGES, Step.RANGE, Step.INDEX, Step.EXEMPLARS)


class Shot(NamedTuple):
    """A shot of a film that has exemplars.

    Args:
        start: number of its first frame.
        digest: of all that its frames take their colours from, by `ShotExemplars.digest`.
    """

    start: int
    digest: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of work.

    Args:
        key: hash of all that its result depends on: settings, weights, sources and their versions.
        step: what is done.
        assets: many stills, or one archive or film.
        folder: for a film: where its index, exemplars and segments are kept.
        exemplars: for a film that has some: the folder of its exemplars.
        range: for `Step.RANGE`: the frames to be read for the index.
        ranges: for `Step.INDEX`: the files of all ranges, in order; none where the film is read in
            one go.
        segment: for `Step.SEGMENT`: the run of frames to be coloured.
        parts: for `Step.ASSEMBLY`: the files of the film's segments, in order.
        needs: for `Step.ASSEMBLY`: the keys of the film's index, exemplars and segments.
        after: time of the newest record of earlier runs, which the unit's own follows.
        suspected: a process died that had begun it, so that it is best done in one of its own.
    """

    key: str
    step: Step
    assets: tuple[Asset, ...]
    folder: Path | None = None
    exemplars: Path | None = None
    range: IndexRange | None = None
    ranges: tuple[Path, ...] = ()
    segment: Segment | None = None
    parts: tuple[Path, ...] = ()
    needs: tuple[str, ...] = ()
    after: float = 0
    suspected: bool = False

    @property
    def asset(self) -> Asset:
        """The first asset; but for stills it is the only one."""
        return self.assets[0]

    @property
    def frames(self) -> int:
        """Frames and stills that the unit is expected to colour."""
        if self.segment is not None:
            return self.segment.stop - self.segment.start
        colored = self.step in (Step.STILLS, Step.ARCHIVE)
        return sum(asset.frames for asset in self.assets) if colored else 0

    @property
    def name(self) -> str:
        """The unit's name in messages."""
        if self.step is Step.STILLS:
            return f"{len(self.assets)} stills from {self.asset.name}"
        if self.segment is not None:
            return f"{self.asset.name}, frames {self.segment.start} to {self.segment.stop - 1}"
        if self.range is not None:
            return f"{self.asset.name}, range {self.range.first} to {self.range.stop - 1}"
        return f"{self.asset.name}, {self.step}"

    @property
    def places(self) -> list[str]:
        """The places of its results."""
        return [place_of(asset.target) for asset in self.assets]

    @property
    def index(self) -> Path:
        """The file of the film's index."""
        assert self.folder is not None
        return self.folder / "index.json"

    @property
    def range_file(self) -> Path:
        """What is kept of the film's range until the index is whole."""
        assert self.folder is not None and self.range is not None
        return self.folder / f"range-{self.range.first:09}-{self.key[:8]}.npz"

    @property
    def part(self) -> Path:
        """The file of the film's segment."""
        assert self.folder is not None and self.segment is not None
        return self.folder / f"{self.segment.start:09}-{self.key[:8]}"

    @property
    def files(self) -> list[Path]:
        """For `Step.ASSEMBLY`: all that it is made from, which lies in `folder`."""
        return [self.index, *([self.exemplars] if self.exemplars else []), *self.parts]


def version(source: Path) -> str:
    """The version of a file: its size and its time of modification."""
    try:
        status = source.stat()
    except OSError:
        return UNREADABLE  # as the work will find, and tell
    return f"{status.st_size}-{status.st_mtime_ns}"


def place_of(target: Path | str) -> str:
    """A result's place as the ledger has it: absolute, whatever folder a command is given in."""
    return os.path.abspath(target)
