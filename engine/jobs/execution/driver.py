"""The driver: hands a job's units to an executor until all are done or have failed for good.

It knows what follows on what (a film's segments on its index), and what is tried again.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path

from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.executor_protocol import Executor, Stop, UnitResult
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.units import Step, Unit, UnitMaker, place_of
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.state.ledger import MAX_FAILURES, Entry
from kinemacolor.engine.jobs.state.lock import Lock
from kinemacolor.engine.pipeline.segmentation import plan_segments

MAX_LOSSES = 10  # of the machines that a unit was on, until they count as its failures
_FIRST_PAUSE = 1.0  # seconds before a unit that failed is tried again; twice as long the next time


class Driver:
    """The driver of one run of a job, in an order that finishes films one after another.

    Args:
        context: of the job, whose folder is locked by this process.
        executor: does the units.
        stop: ends the run early.
        lock: of the job's folder.

    Attributes:
        disturbed: a process died that may have left files half-written.
    """

    def __init__(self, context: JobContext, executor: Executor, stop: Stop, lock: Lock) -> None:
        self._context, self._executor = context, executor
        self._ledger, self._progress = context.folder.ledger, context.progress
        self._stop, self._lock = stop, lock
        self._maker = UnitMaker(executor.fingerprint, context.folder.films)
        self._ready: deque[Unit] = deque()
        self._later: list[tuple[float, Unit]] = []  # and from when on they may be tried again
        self._losses: Counter[str] = Counter()  # by units' keys
        self.disturbed = False
        self._films: dict[Path, tuple[list[Unit], set[str]]] = {}  # segments, keys of those left
        self._failed: set[Path] = set()

    def run(self, assets: Sequence[Asset]) -> None:
        """Do all units of some assets.

        Args:
            assets: stills, archives and films that are pending.

        Raises:
            OSError: the ledger cannot be written.
            KinemacolorError: another driver has taken over.
        """
        self._ready.extend(self._maker.begin(assets))
        self._context.folder.forget_films(but={unit.key for unit in self._ready})
        under_way = 0
        while under_way or ((self._ready or self._later) and not self._stop.requested):
            self._lock.check()
            self._take_up()
            while self._ready and not self._stop.requested and self._executor.has_room():
                under_way += self._begin(self._ready.popleft())
            if under_way or self._ready:
                result = self._executor.collect()
                if result is not None:
                    self._end(result)
                    under_way -= 1
            elif self._later:
                time.sleep(_FIRST_PAUSE / 10)

    def _take_up(self) -> None:
        """Make ready what has waited long enough."""
        now = time.monotonic()
        self._ready.extendleft(unit for at, unit in reversed(self._later) if at <= now)
        self._later = [(at, unit) for at, unit in self._later if at > now]

    def _begin(self, unit: Unit) -> bool:
        """Submit a unit, unless it is done or set aside."""
        failures = self._ledger.failures(unit.key)
        if len(failures) >= MAX_FAILURES:
            self._progress.expect(-unit.frames)
            self._give_up(unit, failures[-1]["problem"] + _set_aside(len(failures)))
            return False
        done = self._ledger.get(unit.key) if unit.step is Step.INDEX else None
        if done is not None and unit.index.is_file():
            self._go_on(unit, done)
            return False
        self._executor.submit(unit)
        return True

    def _end(self, result: UnitResult) -> None:
        unit = result.unit
        if result.died:
            self.disturbed = True
            done = self._ledger.get(unit.key)
            if done is not None:  # it died just after
                self._progress.expect(unit.frames)
                self._progress.advance(unit.frames)
                self._report_completed_elsewhere(unit, done)
                self._go_on(unit, done)
                return
        if not result.problem:
            self._go_on(unit, result.entry)
        elif result.blameless and self._losses[unit.key] < MAX_LOSSES:
            self._losses[unit.key] += 1
            self._again(unit, 0)
        elif not result.traceback:
            self._give_up(unit, result.problem)
        else:
            count = self._ledger.fail(
                unit.key,
                {"name": unit.name, "problem": result.problem, "traceback": result.traceback},
            )
            if count >= MAX_FAILURES:
                self._give_up(unit, result.problem + _set_aside(count))
            else:
                self._again(unit, _FIRST_PAUSE * 2 ** (count - 1))

    def _report_completed_elsewhere(self, unit: Unit, entry: Entry) -> None:
        """Report a unit's assets that are done, in place of a process that died before it could."""
        if "made" not in entry:  # an index or a segment, of which nothing is reported
            return
        for asset in unit.assets:
            if place_of(asset.target) in entry["made"]:
                target = str(asset.target)
                self._context.settle(asset, State.DONE, target=target, notes=asset.notes)
            else:
                reason = "failed in a process that died since; run again to see why"
                self._context.fail(asset, reason)

    def _again(self, unit: Unit, pause: float) -> None:
        if unit.asset.source not in self._failed:
            self._progress.expect(unit.frames)
            self._later.append((time.monotonic() + pause, unit))

    def _go_on(self, unit: Unit, entry: Entry) -> None:
        """A unit is done: begin with what needed it."""
        source = unit.asset.source
        if source in self._failed:
            return
        if unit.step is Step.INDEX:
            self._indexed(unit, entry)
        elif unit.step is Step.SEGMENT:
            segments, left = self._films[source]
            left.remove(unit.key)
            if not left:
                self._ready.appendleft(self._maker.assembly(segments))
                del self._films[source]
        elif unit.step is Step.ASSEMBLY:
            assert unit.folder is not None
            shutil.rmtree(unit.folder, ignore_errors=True)

    def _indexed(self, index: Unit, entry: Entry) -> None:
        settings = self._context.settings
        start, stop, end = entry.get("part") or (0, entry["count"], entry["count"])
        cut = plan_segments(
            end,
            entry["shots"],
            settings.segment_frames,
            settings.smoothing_window,
            settings.key_distance,
            (start, stop),
        )
        segments = self._maker.segments(index, cut)
        pending = [u for u in segments if not (u.part.is_file() and self._ledger.get(u.key))]
        self._progress.expect(sum(unit.frames for unit in pending) - index.asset.frames)
        if pending:
            self._films[index.asset.source] = segments, {unit.key for unit in pending}
        self._ready.extendleft(reversed(pending or [self._maker.assembly(segments)]))

    def _give_up(self, unit: Unit, problem: str) -> None:
        """Fail a unit's assets, and leave out what else was to be done for them."""
        if unit.asset.source in self._failed:
            return
        self._failed |= {asset.source for asset in unit.assets}
        if unit.step is Step.INDEX:
            self._progress.expect(-unit.asset.frames)
        waiting = (*self._ready, *(other for _, other in self._later))
        dropped = [other for other in waiting if other.asset.source in self._failed]
        self._progress.expect(-sum(other.frames for other in dropped))
        self._ready = deque(u for u in self._ready if u.asset.source not in self._failed)
        self._later = [(at, u) for at, u in self._later if u.asset.source not in self._failed]
        for asset in unit.assets:
            self._context.fail(asset, problem)


def _set_aside(failures: int) -> str:
    return f"; set aside after {failures} failures, `kinemacolor retry` tries again"
