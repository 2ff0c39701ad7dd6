"""Units: pieces of a job, each of which can be done alone, anywhere, and again.

A unit holds paths and numbers of frames, never pixels.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.pipeline.segmentation import Segment

BATCH = 64  # stills: each is put in its place by itself, so a kill costs less than a batch


class Step(StrEnum):
    """What a unit does to its assets."""

    STILLS = "stills"
    ARCHIVE = "archive"
    INDEX = "index"
    SEGMENT = "segment"
    ASSEMBLY = "assembly"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of work.

    Args:
        key: hash of all that its result depends on: settings, weights, sources and their versions.
        step: what is done.
        assets: many stills, or one archive or film.
        folder: for a film: where its index and segments are kept.
        segment: for `Step.SEGMENT`: the run of frames to be coloured.
        parts: for `Step.ASSEMBLY`: the files of the film's segments, in order.
        needs: for `Step.ASSEMBLY`: the keys of the film's index and segments.
    """

    key: str
    step: Step
    assets: tuple[Asset, ...]
    folder: Path | None = None
    segment: Segment | None = None
    parts: tuple[Path, ...] = ()
    needs: tuple[str, ...] = ()

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
    def index(self) -> Path:
        """The file of the film's index."""
        assert self.folder is not None
        return self.folder / "index.json"

    @property
    def part(self) -> Path:
        """The file of the film's segment."""
        assert self.folder is not None and self.segment is not None
        return self.folder / f"{self.segment.start:09}-{self.key[:8]}"


def version(source: Path) -> str:
    """The version of a file: its size and its time of modification."""
    try:
        status = source.stat()
    except OSError:
        return "unreadable"  # as the work will find, and tell
    return f"{status.st_size}-{status.st_mtime_ns}"


def place_of(target: Path | str) -> str:
    """A result's place as the ledger has it: absolute, whatever folder a command is given in."""
    return os.path.abspath(target)


class UnitMaker:
    """A maker of units from assets: equal settings, weights and sources give equal units.

    Args:
        fingerprint: SHA-256 over settings, weights and backend.
        films: folder for films' indexes and segments.
    """

    def __init__(self, fingerprint: str, films: Path) -> None:
        self._fingerprint, self._films = fingerprint, films

    def stills(self, assets: Sequence[Asset]) -> list[Unit]:
        """The units of stills, `BATCH` in each."""
        batches = [tuple(assets[at : at + BATCH]) for at in range(0, len(assets), BATCH)]
        return [Unit(self._key(Step.STILLS, batch), Step.STILLS, batch) for batch in batches]

    def begin(self, assets: Sequence[Asset]) -> list[Unit]:
        """The units that a job begins with: stills, archives, then films' indexes."""
        firsts = [
            self.first(asset)
            for kind in (Kind.ARCHIVE, Kind.FILM)
            for asset in assets
            if asset.kind is kind
        ]
        return self.stills([asset for asset in assets if asset.kind is Kind.STILL]) + firsts

    def first(self, asset: Asset) -> Unit:
        """The unit that colours an archive, or that indexes a film."""
        if asset.kind is Kind.ARCHIVE:
            return Unit(self._key(Step.ARCHIVE, (asset,)), Step.ARCHIVE, (asset,))
        key = self._key(Step.INDEX, (asset,))
        return Unit(key, Step.INDEX, (asset,), self._films / key)

    def segments(self, index: Unit, segments: Sequence[Segment]) -> list[Unit]:
        """The units that colour a film's segments."""
        return [
            Unit(
                self._key(Step.SEGMENT, index.assets, [part.start, part.stop]),
                Step.SEGMENT,
                index.assets,
                index.folder,
                part,
            )
            for part in segments
        ]

    def assembly(self, segments: Sequence[Unit]) -> Unit:
        """The unit that puts a film together from its segments."""
        first = segments[0]
        key = self._key(Step.ASSEMBLY, first.assets)
        parts = tuple(unit.part for unit in segments)
        needs = (self._key(Step.INDEX, first.assets), *(unit.key for unit in segments))
        return Unit(key, Step.ASSEMBLY, first.assets, first.folder, parts=parts, needs=needs)

    def _key(self, step: Step, assets: Sequence[Asset], more: object = None) -> str:
        sources = [
            (str(a.source.absolute()), place_of(a.target), version(a.source)) for a in assets
        ]
        stated = json.dumps([self._fingerprint, step, sources, more])
        return hashlib.sha256(stated.encode()).hexdigest()[:24]
