"""One run of a job's plan: every asset coloured or carried over, each on its own account."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import closing

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason, remove_partials
from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.driver import Driver
from kinemacolor.engine.jobs.execution.executor_protocol import Executor, Stop
from kinemacolor.engine.jobs.planning.as_left import Recorded, is_as_left
from kinemacolor.engine.jobs.planning.assets import KEPT, Asset
from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.jobs.planning.units import place_of, version
from kinemacolor.engine.jobs.reporting.earlier import earlier_facts
from kinemacolor.engine.jobs.reporting.events import OutcomeFacts, State
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.jobs.state.lock import Lock
from kinemacolor.engine.jobs.state.mixing import refuse_mixing
from kinemacolor.engine.jobs.state.record import JobRecord
from kinemacolor.engine.jobs.state.schema import DamagedRecord
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.models.weights_files import weights_digest

log = logging.getLogger(__name__)


class Job:
    """One run of a plan.

    Args:
        plan: with its backend resolved.
        make_executor: makes the executor from the job's context; called once, before anything is
            written, and only where there is something to colour.
        report: receives what becomes of every asset.
        progress: counts frames.
        stop: ends the run early.
    """

    def __init__(
        self,
        plan: Plan,
        make_executor: Callable[[JobContext], Executor],
        report: Report,
        progress: Progress,
        stop: Stop | None = None,
    ) -> None:
        self._plan, self._make_executor, self._report = plan, make_executor, report
        self._stop, self._folder = stop or Stop(), JobFolder(plan.folder)
        self._context = JobContext(
            plan.settings, self._folder, report, progress, keep_pieces=plan.keep_records
        )

    def run(self) -> None:
        """Do all that the plan has pending. What fails is reported, and the rest goes on.

        Raises:
            KinemacolorError: there is no worker to be had, no writing, the job was begun with other
                settings, or somebody else works on it; nothing has been written.
            KeyboardInterrupt: stopped; what was begun is removed, what was done stays.
        """
        self._report.planned(self._plan)
        earlier = earlier_facts(self._folder.log) if self._report.digests else {}
        for asset in self._plan.assets:
            if asset.problem:
                self._context.fail(asset, asset.problem, asset.traceback)
            elif asset.skipped:
                facts = earlier.get(asset.name, OutcomeFacts()) if asset.kept else OutcomeFacts()
                facts["target"] = str(asset.target) if asset.kept else None
                facts["reason"] = asset.skipped
                self._context.settle(asset, State.SKIPPED, **facts)
        self._plan.check_place()
        pending = [asset for asset in self._plan.assets if asset.pending]
        others = [asset for asset in pending if asset.kind is Kind.OTHER]
        work = [asset for asset in pending if asset.kind is not Kind.OTHER]
        self._context.progress.number(work)
        if not work:
            self._carry(others)
            damaged = self._folder.damaged() if self._folder.is_begun else []
            # It was killed after its last unit, or is to be mended.
            if damaged or self._folder.lock.exists() or self._leaves_no_records:
                with Lock(self._folder.lock):
                    if damaged:
                        self._mend(damaged)
                    self._tidy()
                    self._forget_films()
                    self._finish()
            return
        with closing(self._make_executor(self._context)) as executor:
            weights = weights_digest(self._plan.settings.model)
            self._make_folder()
            with Lock(self._folder.lock) as lock:
                if not self._plan.overwrite:  # now that no other driver may begin it
                    refuse_mixing(self._folder, self._plan.settings, weights, executor.fingerprint)
                    self._tell(self._folder.damaged() if self._folder.is_begun else [])
                    work = self._left(work)
                self._carry(others)
                try:
                    self._begin(executor.fingerprint, weights)
                except OSError as error:
                    for asset in work:
                        self._context.fail(asset, os_reason(error))
                    return
                self._stop.may_drain = True
                driver = Driver(self._context, executor, self._stop, lock)
                driver.run(work)
                if driver.disturbed:
                    self._tidy()
                self._forget_films()
                self._finish()
        if self._stop.requested:
            raise KeyboardInterrupt

    def _left(self, work: Sequence[Asset]) -> list[Asset]:
        """The assets that no other driver has done since this job was planned."""
        begun = self._folder.is_begun
        recorded = Recorded.by(self._folder.ledger) if begun else Recorded()
        left = []
        for asset in work:
            place = place_of(asset.target)
            done = recorded.made.get(place) == version(asset.source) and not asset.replaces
            done = done and not recorded.has_other_guide(asset.target, asset.guide)
            if done and asset.target.is_file() and is_as_left(asset.target, recorded.left[place]):
                facts = OutcomeFacts(target=str(asset.target), reason=KEPT)
                self._context.settle(asset, State.SKIPPED, **facts)
                self._context.progress.expect(-asset.frames)
            else:
                left.append(asset)
        return left

    def _tell(self, damaged: Sequence[DamagedRecord]) -> None:
        """Name records that are damaged, and move entries out of the way; others are rewritten."""
        for error in damaged:
            log.warning("%s; it counts as not there", error)
        self._folder.set_aside(damaged)

    def _mend(self, damaged: Sequence[DamagedRecord]) -> None:
        """Write the records of a job anew of which nothing is left to do."""
        fingerprints = {entry.get("fingerprint", "") for entry in self._folder.ledger.entries()}
        self._tell(damaged)
        try:
            weights = weights_digest(self._plan.settings.model)
            self._begin(fingerprints.pop() if fingerprints else "", weights)
        except OSError as error:
            log.warning("%s: cannot be mended: %s", self._folder.path, os_reason(error))

    def _forget_films(self) -> None:
        """Remove what is left of films; not of those that are on a disk which is not there now.

        Of guided ones it stays, and of all where that was asked for: an edit of the guide then
        costs little.
        """
        if not self._report.failed and not self._stop.requested:
            keeps = self._context.keep_pieces
            names = {asset.name for asset in self._plan.assets if not (keeps or asset.guide)}
            self._folder.forget_films(names, unknown=True)

    def _make_folder(self) -> None:
        try:
            self._folder.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"cannot be written: {os_reason(error)}"
            raise MediaError(self._folder.path, problem) from error

    def _begin(self, fingerprint: str, weights: str) -> None:
        """Write the job's record and plan, and begin its log."""
        plan, folder = self._plan, self._folder
        folder.begin(
            JobRecord.of(
                plan.sources,
                plan.asked,
                plan.settings,
                fingerprint=fingerprint,
                weights=weights,
                overwrite=plan.overwrite,
                keep_records=plan.keep_records,
                guide=plan.guide.absolute(),
            )
        )
        folder.write_plan(asset.record() for asset in plan.assets)
        self._report.log = folder.log
        self._tidy()

    def _tidy(self) -> None:
        """Remove what a killed run was writing."""
        remove_partials(asset.target for asset in self._plan.assets)
        self._folder.remove_partials()

    @property
    def _leaves_no_records(self) -> bool:
        """Whether all of the job was a single file, which is done, or of which nothing could be."""
        plan, record = self._plan, self._folder.readable_record
        single = [asset.source for asset in plan.assets] == list(plan.sources)
        guided = any(asset.guide for asset in plan.assets)
        kept = guided or plan.keep_records or record is None or record.keep_records
        if not single or len(plan.sources) != 1 or kept:
            return False
        if any(outcome.traceback for outcome in self._report.outcomes):  # to be reported
            return False
        return not self._report.failed or self._folder.holds_nothing

    def _finish(self) -> None:
        """Remove the records where nobody will miss them: the result tells how it was made."""
        if self._stop.requested or not self._leaves_no_records:
            return
        self._report.log = None
        try:
            self._folder.remove()
        except OSError as error:
            log.warning("%s: cannot be removed: %s", self._folder.path, os_reason(error))

    def _carry(self, assets: Sequence[Asset]) -> None:
        """Make the empty folders, and copy what is not coloured."""
        for folder in self._plan.folders:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                asset = Asset(folder, folder, Kind.OTHER, 0)
                self._context.fail(asset, f"cannot be written: {os_reason(error)}")
        for asset in assets:
            self._context.carry_over(asset)
