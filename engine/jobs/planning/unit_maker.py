"""The maker of a job's units: equal settings, weights and sources give units of equal keys."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import astuple, replace
from operator import attrgetter
from pathlib import Path

from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.units import Shot, Step, Unit, place_of, version
from kinemacolor.engine.jobs.state.attempts import LeftBehind
from kinemacolor.engine.media.index_range import RANGE_FRAMES, IndexRange
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.pipeline.segmentation import Segment

BATCH = 64  # stills: each is put in its place by itself, so a kill costs less than a batch
# What depends on all that a person said of an asset; a segment does on what is said of its shots.
_GUIDED = (Step.STILLS, Step.ARCHIVE, Step.EXEMPLARS, Step.ASSEMBLY)


class UnitMaker:
    """A maker of units from assets: equal settings, weights and sources give equal units.

    Args:
        fingerprint: SHA-256 over settings, weights and backend.
        films: folder for films' indexes and segments.
        after: time of the newest record of earlier runs.
        left: what a process that died has left: its units are suspected.
        side_by_side: several units are done at once, and so are long films' ranges.
    """

    def __init__(
        self,
        fingerprint: str,
        films: Path,
        after: float = 0,
        left: LeftBehind | None = None,
        *,
        side_by_side: bool = False,
    ) -> None:
        self._fingerprint, self._films = fingerprint, films
        self._side_by_side = side_by_side
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
        """The unit that colours an archive, or that a film begins with."""
        if asset.kind is Kind.ARCHIVE:
            return self._unit(Step.ARCHIVE, (asset,))
        index = self.index(asset)
        if not self._side_by_side or asset.frames < 2 * RANGE_FRAMES:
            return index
        return replace(self._unit(Step.RANGES, (asset,)), folder=index.folder)

    def ranges(self, before: Unit, ranges: Sequence[IndexRange]) -> list[Unit]:
        """The units that read ranges of a film for its index."""
        return [
            replace(
                self._unit(Step.RANGE, before.assets, astuple(one)),
                folder=before.folder,
                range=one,
            )
            for one in ranges
        ]

    def index(self, asset: Asset, ranges: Sequence[Unit] = ()) -> Unit:
        """The unit that indexes a film, in one go or from what is kept of its ranges."""
        unit = self._unit(Step.INDEX, (asset,))
        files = tuple(one.range_file for one in ranges)
        return replace(unit, folder=self._films / unit.key, ranges=files)

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
