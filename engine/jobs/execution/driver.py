"""Hands units to an executor until all are done: what follows on what, and what is tried again."""

from __future__ import annotations

import shutil
import time
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from kinemacolor.engine.jobs.execution.unit_runner import UnitRunner
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.units import Result, Step, Unit, UnitMaker
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.jobs.state.ledger import MOST_FAILURES, Entry
from kinemacolor.engine.jobs.state.lock import Lock
from kinemacolor.engine.pipeline.segments import plan_segments
from kinemacolor.engine.settings import Settings

MOST_LOSSES = 10  # of the machines that a unit was on, until they count as its failures
_FIRST_PAUSE = 1.0  # seconds before a unit that failed is tried again; twice as long the next time


class Executor(Protocol):
    """What does units: here, or elsewhere.

    Attributes:
        fingerprint: SHA-256 over settings, weights and what computes.
    """

    fingerprint: str

    def has_room(self) -> bool:
        """Whether another unit may be submitted."""

    def submit(self, unit: Unit) -> None:
        """Begin a unit."""

    def collect(self) -> Result | None:
        """Wait for one of the submitted units to end; None where none has for a while."""

    def close(self) -> None:
        """Let go of what the executor holds; units under way are given up."""


class Stop:
    """Whether the user wants no more units to be begun."""

    def __init__(self) -> None:
        self.may_drain = self.requested = False


class Driver:
    """Does a job's units, in an order that finishes films one after another.

    Args:
        folder: of the job, locked by this process.
        settings: the job's.
        executor: does the units.
        runner: is told of assets that fail.
        progress: is told how many frames there really are.
        stop: ends it early.
        lock: of the folder.

    Attributes:
        disturbed: something died that may have left files half-written.
    """

    def __init__(
        self,
        folder: JobFolder,
        settings: Settings,
        executor: Executor,
        runner: UnitRunner,
        progress: Progress,
        stop: Stop,
        lock: Lock,
    ) -> None:
        self._folder, self._ledger, self._settings = folder, folder.ledger, settings
        self._executor, self._bench, self._progress = executor, runner, progress
        self._stop, self._lock = stop, lock
        self._maker = UnitMaker(executor.fingerprint, folder.films)
        self._ready: deque[Unit] = deque()
        self._later: list[tuple[float, Unit]] = []  # and from when on they may be tried again
        self._losses: Counter[str] = Counter()  # by units' keys
        self.disturbed = False
        self._films: dict[Path, tuple[list[Unit], set[str]]] = {}  # segments, keys of those left
        self._failed: set[Path] = set()

    def run(self, assets: Sequence[Asset]) -> None:
        """Do all that is to be done for stills, archives and films.

        Raises:
            OSError: the ledger cannot be written.
            KinemacolorError: another driver has taken over.
        """
        self._ready.extend(self._maker.begin(assets))
        self._folder.forget_films(but={unit.key for unit in self._ready})
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
        if len(failures) >= MOST_FAILURES:
            self._progress.expect(-unit.frames)
            self._give_up(unit, failures[-1]["problem"] + _set_aside(len(failures)))
            return False
        done = self._ledger.get(unit.key) if unit.step is Step.INDEX else None
        if done is not None and unit.index.is_file():
            self._go_on(unit, done)
            return False
        self._executor.submit(unit)
        return True

    def _end(self, result: Result) -> None:
        unit = result.unit
        if result.died:
            self.disturbed = True
            done = self._ledger.get(unit.key)
            if done is not None:  # it died just after
                self._progress.expect(unit.frames)
                self._progress.done += unit.frames
                self._bench.report_completed_elsewhere(unit, done)
                self._go_on(unit, done)
                return
        if not result.problem:
            self._go_on(unit, result.facts)
        elif result.blameless and self._losses[unit.key] < MOST_LOSSES:
            self._losses[unit.key] += 1
            self._again(unit, 0)
        elif not result.traceback:
            self._give_up(unit, result.problem)
        else:
            count = self._ledger.fail(
                unit.key,
                {"name": unit.name, "problem": result.problem, "traceback": result.traceback},
            )
            if count >= MOST_FAILURES:
                self._give_up(unit, result.problem + _set_aside(count))
            else:
                self._again(unit, _FIRST_PAUSE * 2 ** (count - 1))

    def _again(self, unit: Unit, pause: float) -> None:
        if unit.asset.source not in self._failed:
            self._progress.expect(unit.frames)
            self._later.append((time.monotonic() + pause, unit))

    def _go_on(self, unit: Unit, facts: Entry) -> None:
        """A unit is done: begin with what needed it."""
        source = unit.asset.source
        if source in self._failed:
            return
        if unit.step is Step.INDEX:
            self._indexed(unit, facts)
        elif unit.step is Step.SEGMENT:
            segments, left = self._films[source]
            left.remove(unit.key)
            if not left:
                self._ready.appendleft(self._maker.assembly(segments))
                del self._films[source]
        elif unit.step is Step.ASSEMBLY:
            assert unit.folder is not None
            shutil.rmtree(unit.folder, ignore_errors=True)

    def _indexed(self, index: Unit, facts: Entry) -> None:
        settings = self._settings
        cut = plan_segments(
            facts["count"],
            facts["shots"],
            settings.segment_frames,
            settings.smoothing_window,
            settings.key_distance,
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
            self._bench.fail(asset, problem)


def _set_aside(failures: int) -> str:
    return f"; set aside after {failures} failures, `kinemacolor retry` tries again"
