"""Units of work, done alone, anywhere, and again: paths and numbers of frames, never pixels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.pipeline.segments import Segment

BATCH = 64  # stills: each is put in its place by itself, so a kill costs less than a batch


class Step(StrEnum):
    """What is done to a unit's assets."""

    STILLS = "stills"
    ARCHIVE = "archive"
    INDEX = "index"
    SEGMENT = "segment"
    ASSEMBLY = "assembly"


@dataclass(frozen=True, slots=True)
class Unit:
    """Some work.

    Args:
        key: hash of all that its result depends on: settings, weights, sources and their versions.
        step: what is done.
        assets: to whom: many stills, or one archive or film.
        folder: of the film's index and segments.
        segment: of the film.
        parts: the film's segments, to be put together.
    """

    key: str
    step: Step
    assets: tuple[Asset, ...]
    folder: Path | None = None
    segment: Segment | None = None
    parts: tuple[Path, ...] = ()

    @property
    def asset(self) -> Asset:
        """The first, and but for stills the only, asset."""
        return self.assets[0]

    @property
    def frames(self) -> int:
        """Frames and stills that are expected of it, as far as it colours any."""
        if self.segment is not None:
            return self.segment.stop - self.segment.start
        colored = self.step in (Step.STILLS, Step.ARCHIVE)
        return sum(asset.frames for asset in self.assets) if colored else 0

    @property
    def name(self) -> str:
        """What people call it."""
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


@dataclass(frozen=True)
class Result:
    """How a unit ended.

    Args:
        facts: for the ledger, where it is done.
        problem: why it is not; empty where it is.
        traceback: of a fault that may not come again; empty where the problem is a known one.
        died: what worked on it died; it may have been done nevertheless.
        blameless: that was no fault of the unit.
    """

    unit: Unit
    facts: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    traceback: str = ""
    died: bool = False
    blameless: bool = False


def version(source: Path) -> str:
    """What changes when a file does: its size and its time."""
    try:
        status = source.stat()
    except OSError:
        return "unreadable"  # as the work will find, and tell
    return f"{status.st_size}-{status.st_mtime_ns}"


class UnitMaker:
    """Makes units from assets: a pure function of settings, weights and sources.

    Args:
        fingerprint: of settings and weights.
        films: folder for films' indexes and segments.
    """

    def __init__(self, fingerprint: str, films: Path) -> None:
        self._fingerprint, self._films = fingerprint, films

    def stills(self, assets: Sequence[Asset]) -> list[Unit]:
        """Batches of stills."""
        batches = [tuple(assets[at : at + BATCH]) for at in range(0, len(assets), BATCH)]
        return [Unit(self._key(Step.STILLS, batch), Step.STILLS, batch) for batch in batches]

    def begin(self, assets: Sequence[Asset]) -> list[Unit]:
        """What a job begins with, in its order: stills, archives, then films' indexes."""
        firsts = [
            self.first(asset)
            for kind in (Kind.ARCHIVE, Kind.FILM)
            for asset in assets
            if asset.kind is kind
        ]
        return self.stills([asset for asset in assets if asset.kind is Kind.STILL]) + firsts

    def first(self, asset: Asset) -> Unit:
        """What an archive or a film begins with."""
        if asset.kind is Kind.ARCHIVE:
            return Unit(self._key(Step.ARCHIVE, (asset,)), Step.ARCHIVE, (asset,))
        key = self._key(Step.INDEX, (asset,))
        return Unit(key, Step.INDEX, (asset,), self._films / key)

    def segments(self, index: Unit, segments: Sequence[Segment]) -> list[Unit]:
        """A film's segments."""
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
        """What puts a film together from its segments."""
        first = segments[0]
        key = self._key(Step.ASSEMBLY, first.assets)
        parts = tuple(unit.part for unit in segments)
        return Unit(key, Step.ASSEMBLY, first.assets, first.folder, parts=parts)

    def _key(self, step: Step, assets: Sequence[Asset], more: object = None) -> str:
        sources = [(str(a.source.absolute()), str(a.target), version(a.source)) for a in assets]
        said = json.dumps([self._fingerprint, step, sources, more])
        return hashlib.sha256(said.encode()).hexdigest()[:24]
