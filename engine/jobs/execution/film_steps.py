"""The steps of films in their order: what is done for a film once one of its units is done."""

from __future__ import annotations

import logging
import re
import shutil
from pathlib import Path

from kinemacolor.engine.files import remove
from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.exemplars_entry import is_of_exemplars, shots_of
from kinemacolor.engine.jobs.execution.index_entry import is_of_index
from kinemacolor.engine.jobs.planning.unit_maker import UnitMaker
from kinemacolor.engine.jobs.planning.units import Step, Unit
from kinemacolor.engine.jobs.state.entry import Entry
from kinemacolor.engine.media.index_range import IndexRange
from kinemacolor.engine.pipeline.segmentation import plan_segments

log = logging.getLogger(__name__)

_KEY = re.compile(r"-([0-9a-f]{8})$")  # of a unit, at the end of its file's name


class FilmSteps:
    """The films that a driver has under way.

    Args:
        maker: makes the units.
        context: of the job.
    """

    def __init__(self, maker: UnitMaker, context: JobContext) -> None:
        self._maker, self._settings = maker, context.settings
        self._keeps = context.keep_pieces
        self._ledger, self._progress = context.folder.ledger, context.progress
        # By the film's result: its index's entry, its segments, and the keys of those left. A
        # source may have several results.
        self._indexes: dict[Path, Entry] = {}
        self._segments: dict[Path, tuple[list[Unit], set[str]]] = {}
        # The same of its ranges, while it is read; one that is not whole is among these no more.
        self._ranges: dict[Path, tuple[list[Unit], set[str]]] = {}

    def done_before(self, unit: Unit) -> Entry | None:
        """The entry of a unit that other units follow, where it need not be done again."""
        if unit.step is Step.RANGES and self.done_before(self._maker.index(unit.asset)):
            return {"ranges": []}  # nobody needs them
        if unit.step not in (Step.RANGE, Step.INDEX, Step.EXEMPLARS):
            return None
        entry = self._ledger.get(unit.key)
        if entry is None or (unit.step is Step.INDEX and not unit.index.is_file()):
            return None
        if unit.step is Step.RANGE:
            return entry if unit.range_file.is_file() or not entry["whole"] else None
        if unit.step is Step.INDEX:
            is_true = is_of_index(entry, unit.index)
        else:
            assert unit.exemplars is not None
            is_true = is_of_exemplars(entry, unit.exemplars)
        if not is_true:
            self._ledger.forget(unit.key)
        return entry if is_true else None

    def after(self, unit: Unit, entry: Entry) -> list[Unit]:
        """The units to be done next.

        Args:
            unit: of any kind, which is done.
            entry: of it in the ledger.
        """
        target = unit.asset.target
        if unit.step is Step.RANGES:
            ranges = self._maker.ranges(unit, [IndexRange(*one) for one in entry["ranges"]])
            self._ranges[target] = ranges, {one.key for one in ranges}
            return ranges or [self._maker.index(unit.asset)]
        if unit.step is Step.RANGE:
            return self._after_range(unit, entry)
        if unit.step is Step.INDEX:
            for file in unit.ranges:
                remove(file)
            return self._after_index(unit, entry)
        if unit.step is Step.EXEMPLARS:
            return self._cut(unit, self._indexes.pop(target), entry)
        if unit.step is Step.SEGMENT:
            segments, left = self._segments[target]
            left.discard(unit.key)
            return [] if left else [self._maker.assembly(segments)]
        if unit.step is Step.ASSEMBLY:
            self._segments.pop(target, None)
            self._tidy(unit)
        return []

    def again(self, assembly: Unit, part: Path) -> Unit:
        """The unit of a segment that cannot be read; the film is put together after it."""
        segments, _ = self._segments[assembly.asset.target]
        [segment] = (unit for unit in segments if unit.part == part)
        log.warning("%s is damaged, and made again", part)
        self._segments[assembly.asset.target] = segments, {segment.key}
        self._progress.expect(segment.frames)
        return segment

    def _after_range(self, unit: Unit, entry: Entry) -> list[Unit]:
        """The index, once all ranges are read; in one go where one is not as it was promised."""
        ranges, left = self._ranges[unit.asset.target]
        left.discard(unit.key)
        if not entry["whole"]:
            ranges.clear()
        if left:
            return []
        del self._ranges[unit.asset.target]
        return [self._maker.index(unit.asset, ranges)]

    def _after_index(self, index: Unit, entry: Entry) -> list[Unit]:
        if "made" in entry:  # in colour already: given back as it is
            self._progress.expect(-index.asset.frames)
            return []
        # Of pieces that are kept their exemplars tell later what a guide changes.
        if not (index.asset.guide or self._settings.color_memory or self._keeps):
            return self._cut(index, entry, None)
        self._indexes[index.asset.target] = entry
        return [self._maker.exemplars(index)]

    def _cut(self, before: Unit, index: Entry, exemplars: Entry | None) -> list[Unit]:
        """The film's segments that are not done; its assembly where all are."""
        settings = self._settings
        start, stop, end = index.get("part") or (0, index["count"], index["count"])
        cut = plan_segments(
            end,
            index["shots"] if exemplars is None else exemplars["starts"],
            settings.segment_frames,
            settings.smoothing_window,
            settings.key_distance,
            (start, stop),
            exemplars.get("given", []) if exemplars else (),
            apart=self._keeps or bool(before.asset.guide),
        )
        shots = shots_of(exemplars) if exemplars else ()
        segments = self._maker.segments(before, cut, shots)
        pending = [u for u in segments if not (u.part.is_file() and self._ledger.get(u.key))]
        self._progress.expect(sum(unit.frames for unit in pending) - before.asset.frames)
        self._segments[before.asset.target] = segments, {unit.key for unit in pending}
        return pending or [self._maker.assembly(segments)]

    def _tidy(self, assembly: Unit) -> None:
        """Remove what a film was made from; of what is kept what the next edit has no use for."""
        folder = assembly.folder
        assert folder is not None
        wanted = {place.name for place in assembly.files}
        try:
            stale = [place for place in folder.iterdir() if place.name not in wanted]
        except OSError:
            return
        for match in filter(None, (_KEY.search(place.name) for place in stale)):
            self._ledger.forget_like(match[1])
        if not (assembly.asset.guide or self._keeps):
            shutil.rmtree(folder, ignore_errors=True)
            return
        for place in stale:
            remove(place)
