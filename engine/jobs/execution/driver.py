"""The driver: hands a job's units to an executor until all are done or have failed for good.

It knows what follows on what (a film's segments on its index), and what is tried again.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kinemacolor.engine.files import os_reason
from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.executor_protocol import Executor, Stop, UnitResult
from kinemacolor.engine.jobs.execution.film_steps import FilmSteps
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.unit_maker import UnitMaker
from kinemacolor.engine.jobs.planning.units import FILM_BEGINNINGS, Step, Unit, place_of
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.state.entry import Entry
from kinemacolor.engine.jobs.state.ledger import MAX_FAILURES
from kinemacolor.engine.jobs.state.lock import Lock
from kinemacolor.engine.pipeline.given_back import given_back_notes

log = logging.getLogger(__name__)

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
        self._maker = UnitMaker(
            executor.fingerprint,
            context.folder.films,
            after=self._ledger.newest,
            left=context.folder.attempts.left(),
            side_by_side=executor.actors > 1,
        )
        self._ready: deque[Unit] = deque()
        self._later: list[tuple[float, Unit]] = []  # and from when on they may be tried again
        self._losses: Counter[str] = Counter()  # by units' keys
        self.disturbed = False
        self._films = FilmSteps(self._maker, context)
        self._failed: set[Path] = set()  # results of which nothing comes
        self._deadly: set[Path] = set()  # results whose making has killed a process

    def run(self, assets: Sequence[Asset]) -> None:
        """Do all units of some assets.

        Args:
            assets: stills, archives and films that are pending.

        Raises:
            KinemacolorError: another driver has taken over.
        """
        self._ready.extend(self._maker.begin(assets))
        self._context.folder.attempts.forget()  # each is suspected now
        films = [unit for unit in self._ready if unit.folder is not None]
        names = {unit.asset.name for unit in films}
        keys = {unit.folder.name for unit in films if unit.folder}
        self._context.folder.forget_films(names, but=keys)  # those that have changed
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
        """Submit a unit, unless it is done, set aside, or of a film that has failed."""
        if unit.asset.target in self._failed:
            self._progress.expect(-unit.frames)
            return False
        failures = self._ledger.failures(unit.key)
        if len(failures) >= MAX_FAILURES:
            self._progress.expect(-unit.frames)
            last = failures[-1]
            problem = last.get("problem", "failed") + _set_aside(len(failures))
            self._give_up(unit, problem, last.get("traceback", ""))
            return False
        if done := self._films.done_before(unit):
            self._go_on(unit, done)
            return False
        suspected = unit.suspected or unit.asset.target in self._deadly
        self._executor.submit(replace(unit, suspected=suspected))
        return True

    def _end(self, result: UnitResult) -> None:
        unit = result.unit
        if result.died:
            self.disturbed = True
            if not result.blameless:
                self._deadly.add(unit.asset.target)
            done = self._ledger.get(unit.key)
            if done is not None and _is_of_this_run(done, unit):  # it died just after
                self._progress.expect(unit.frames)
                self._progress.advance(unit.frames)
                self._report_completed_elsewhere(unit, done)
                self._go_on(unit, done)
                return
            if unit.step is Step.STILLS and len(unit.assets) > 1 and not result.blameless:
                self._split(unit)
                return
        if not result.problem:
            self._go_on(unit, result.entry)
        elif result.spoiled and self._losses[unit.key] < MAX_LOSSES:
            self._losses[unit.key] += 1
            self._ready.appendleft(self._films.again(unit, result.spoiled))
        elif result.blameless and self._losses[unit.key] < MAX_LOSSES:
            self._losses[unit.key] += 1
            self._again(unit, 0)
        elif not result.traceback:
            self._give_up(unit, result.problem)
        else:
            count = self._count_failure(result)
            if count >= MAX_FAILURES:
                self._give_up(unit, result.problem + _set_aside(count), result.traceback)
            else:
                self._again(unit, _FIRST_PAUSE * 2 ** (count - 1))

    def _count_failure(self, result: UnitResult) -> int:
        """Record a failure; a job that cannot has it fail for good, and tries again next time."""
        unit = result.unit
        entry: Entry = {"name": unit.name, "asset": unit.asset.name, "problem": result.problem}
        try:
            return self._ledger.fail(unit.key, {**entry, "traceback": result.traceback})
        except OSError as error:
            log.warning("%s: the failure cannot be recorded: %s", unit.name, os_reason(error))
            return MAX_FAILURES

    def _split(self, unit: Unit) -> None:
        """Halve a unit of stills that killed its process: one of them costs no other."""
        made = {still.place for still in self._ledger.journal(unit.key).read()}
        done = [asset for asset in unit.assets if place_of(asset.target) in made]
        left = [asset for asset in unit.assets if place_of(asset.target) not in made]
        for asset in done:
            target = str(asset.target)
            self._context.settle(asset, State.DONE, target=target, notes=asset.notes, frames=1)
        self._progress.expect(len(unit.assets))
        self._progress.advance(len(done))
        middle = (len(left) + 1) // 2
        for half in filter(None, (left[middle:], left[:middle])):
            self._ready.extendleft(self._maker.stills(half, suspected=True))

    def _report_completed_elsewhere(self, unit: Unit, entry: Entry) -> None:
        """Report a unit's assets that are done, in place of a process that died before it could."""
        if "made" not in entry:  # a part of a film, of which nothing is reported
            return
        for asset in unit.assets:
            own = entry.get("given_back", {}).get(place_of(asset.target))
            if own:
                notes = given_back_notes(asset.guide)
                self._context.settle(asset, State.CARRIED, target=own, notes=notes)
            elif place_of(asset.target) in entry["made"]:
                target = str(asset.target)
                self._context.settle(asset, State.DONE, target=target, notes=asset.notes)
            else:
                reason = "failed in a process that died since; run again to see why"
                self._context.fail(asset, reason)

    def _again(self, unit: Unit, pause: float) -> None:
        if unit.asset.target not in self._failed:
            self._progress.expect(unit.frames)
            self._later.append((time.monotonic() + pause, unit))

    def _go_on(self, unit: Unit, entry: Entry) -> None:
        """A unit is done: begin with what needed it."""
        if unit.asset.target not in self._failed:
            self._ready.extendleft(reversed(self._films.after(unit, entry)))

    def _give_up(self, unit: Unit, problem: str, traceback: str = "") -> None:
        """Fail a unit's assets; what else was to be done for them is left out as it comes up."""
        if unit.asset.target in self._failed:
            return
        self._failed |= {asset.target for asset in unit.assets}
        if unit.step in FILM_BEGINNINGS:
            self._progress.expect(-unit.asset.frames)
        for asset in unit.assets:
            self._context.fail(asset, problem, traceback)


def _is_of_this_run(entry: Entry, unit: Unit) -> bool:
    """Whether an entry is of what a unit has just made, not of a result that is made again."""
    return "made" not in entry or entry["at"] > unit.after


def _set_aside(failures: int) -> str:
    return f"; set aside after {failures} failures, `kinemacolor retry` tries again"
