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
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.jobs.reporting.earlier import earlier_facts
from kinemacolor.engine.jobs.reporting.events import OutcomeFacts, State
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.jobs.state.lock import Lock
from kinemacolor.engine.jobs.state.record import JobRecord
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
        self._context = JobContext(plan.settings, self._folder, report, progress)

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
                self._context.fail(asset, asset.problem)
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
            if self._folder.lock.exists() or self._leaves_no_records:  # killed after its last unit
                with Lock(self._folder.lock):
                    self._tidy()
                    self._folder.forget_films()
                    self._finish()
            return
        with closing(self._make_executor(self._context)) as executor:
            weights = weights_digest(self._plan.settings.model)
            self._make_folder()
            with Lock(self._folder.lock) as lock:
                if not self._plan.overwrite:  # now that no other driver may begin it
                    self._folder.check(self._plan.settings, weights, executor.fingerprint)
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
                self._finish()
        if self._stop.requested:
            raise KeyboardInterrupt

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
        plan, record = self._plan, self._folder.record
        single = [asset.source for asset in plan.assets] == list(plan.sources)
        kept = plan.keep_records or record is None or record.keep_records
        if not single or len(plan.sources) != 1 or kept:
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
