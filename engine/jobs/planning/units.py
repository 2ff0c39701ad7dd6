"""Units: pieces of a job, each of which can be done alone, anywhere, and again.

A unit holds paths and numbers of frames, never pixels.
"""

from __future__ import annotations

import hashlib
import json
import os
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.state.attempts import LeftBehind
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.pipeline.segmentation import Segment

BATCH = 64  # stills: each is put in its place by itself, so a kill costs less than a batch
UNREADABLE = "unreadable"  # the version of a source that cannot be looked at


class Step(StrEnum):
    """What a unit does to its assets."""

    STILLS = "stills"
    ARCHIVE = "archive"
    INDEX = "index"
    EXEMPLARS = "exemplars"
    SEGMENT = "segment"
    ASSEMBLY = "assembly"


# What depends on all that a person said of an asset; a segment does on what is said of its shots.
_GUIDED = (Step.STILLS, Step.ARCHIVE, Step.EXEMPLARS, Step.ASSEMBLY)


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


class UnitMaker:
    """A maker of units from assets: equal settings, weights and sources give equal units.

    Args:
        fingerprint: SHA-256 over settings, weights and backend.
        films: folder for films' indexes and segments.
        after: time of the newest record of earlier runs.
        left: what a process that died has left: its units are suspected.
    """

    def __init__(
        self, fingerprint: str, films: Path, after: float = 0, left: LeftBehind | None = None
    ) -> None:
        self._fingerprint, self._films = fingerprint, films
        self._after, self._left = after, left or LeftBehind()

    def stills(self, assets: Sequence[Asset], suspected: bool = False) -> list[Unit]:
        """The units of stills, `BATCH` in each."""
        batches = [tuple(assets[at : at + BATCH]) for at in range(0, len(assets), BATCH)]
        return [self._unit(Step.STILLS, batch, suspected=suspected) for batch in batches]

    def begin(self, assets: Sequence[Asset]) -> list[Unit]:
        """The units that a job begins with: stills, archives, then films' indexes."""
        firsts = [
            self.first(asset)
            for kind in (Kind.ARCHIVE, Kind.FILM)
            for asset in assets
            if asset.kind is kind
        ]
        stills = [asset for asset in assets if asset.kind is Kind.STILL]
        doubtful = {asset for asset in stills if place_of(asset.target) in self._left.places}
        others = [asset for asset in stills if asset not in doubtful]
        last = self.stills([asset for asset in stills if asset in doubtful], suspected=True)
        return self.stills(others) + last + firsts

    def first(self, asset: Asset) -> Unit:
        """The unit that colours an archive, or that indexes a film."""
        if asset.kind is Kind.ARCHIVE:
            return self._unit(Step.ARCHIVE, (asset,))
        unit = self._unit(Step.INDEX, (asset,))
        return replace(unit, folder=self._films / unit.key)

    def exemplars(self, index: Unit) -> Unit:
        """The unit that finds what a film's shots take their colours from."""
        assert index.folder is not None
        unit = self._unit(Step.EXEMPLARS, index.assets)
        place = index.folder / f"exemplars-{unit.key[:8]}"
        return replace(unit, folder=index.folder, exemplars=place)

    def segments(
        self, before: Unit, segments: Sequence[Segment], shots: Sequence[Shot] = ()
    ) -> list[Unit]:
        """The units that colour a film's segments.

        Args:
            before: the unit that they follow: of the film's index, or of its exemplars.
            segments: of the film.
            shots: of the film, where it has exemplars.
        """
        return [
            replace(
                self._unit(Step.SEGMENT, before.assets, _stated(part, shots)),
                folder=before.folder,
                exemplars=before.exemplars,
                segment=part,
            )
            for part in segments
        ]

    def assembly(self, segments: Sequence[Unit]) -> Unit:
        """The unit that puts a film together from its segments."""
        first = segments[0]
        before = (Step.INDEX, Step.EXEMPLARS) if first.exemplars else (Step.INDEX,)
        needs = (
            *(self._key(step, first.assets) for step in before),
            *(unit.key for unit in segments),
        )
        return replace(
            self._unit(Step.ASSEMBLY, first.assets),
            folder=first.folder,
            exemplars=first.exemplars,
            parts=tuple(unit.part for unit in segments),
            needs=needs,
        )

    def _unit(
        self, step: Step, assets: tuple[Asset, ...], more: object = None, suspected: bool = False
    ) -> Unit:
        key = self._key(step, assets, more)
        doubtful = suspected or key in self._left.keys
        return Unit(key, step, assets, after=self._after, suspected=doubtful)

    def _key(self, step: Step, assets: Sequence[Asset], more: object = None) -> str:
        sources = [
            (str(a.source.absolute()), place_of(a.target), version(a.source)) for a in assets
        ]
        stated = [self._fingerprint, step, sources, more]
        guides = [asset.guide for asset in assets] if step in _GUIDED else []
        stated += [guides] if any(guides) else []
        return hashlib.sha256(json.dumps(stated).encode()).hexdigest()[:24]


def _stated(segment: Segment, shots: Sequence[Shot]) -> list[object]:
    """What a segment depends on besides its source: of a film's exemplars those of its shots."""
    frames: list[object] = [segment.start, segment.stop]
    if not shots:
        return frames
    first, stop = segment.decode_start, segment.decode_stop
    last = bisect_left(shots, segment.stop, key=attrgetter("start"))
    covered = shots[max(0, bisect_right(shots, segment.start, key=attrgetter("start")) - 1) : last]
    # Where a shot begins before what is decoded makes no difference.
    return [*frames, first, stop, [[max(shot.start, first), shot.digest] for shot in covered]]
