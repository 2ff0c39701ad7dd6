"""Runs a plan: every asset coloured or carried over, each on its own account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import may_write_into, os_reason, remove_partials
from kinemacolor.engine.jobs.execution.driver import Driver, Executor, Stop
from kinemacolor.engine.jobs.execution.unit_runner import UnitRunner
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Outcome, Report, State
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.jobs.state.lock import Lock
from kinemacolor.engine.media.kinds import Kind


class Job:
    """One run of a plan.

    Args:
        plan: what to do.
        make_executor: gives what does units; called once, before anything is written, and only
            where there is something to colour.
        report: is told what becomes of every asset.
        progress: is told of every frame.
        stop: ends it early.
    """

    def __init__(
        self,
        plan: Plan,
        make_executor: Callable[[UnitRunner], Executor],
        report: Report,
        progress: Progress,
        stop: Stop | None = None,
    ) -> None:
        self._plan, self._make_executor, self._report = plan, make_executor, report
        self._progress, self._stop = progress, stop or Stop()
        self._folder = JobFolder(plan.folder)
        self._bench = UnitRunner(plan.settings, report, progress, self._folder.ledger)

    def run(self) -> None:
        """Do all of it. What fails is reported, and the rest goes on.

        Raises:
            KinemacolorError: there is no worker to be had, no writing, the job was begun with other
                settings, or somebody else works on it; nothing has been written.
            KeyboardInterrupt: stopped; what was begun is removed, what was done stays.
        """
        self._report.planned(self._plan)
        for asset in self._plan.assets:
            if asset.problem:
                self._settle(asset, State.FAILED, asset.problem)
            elif asset.skipped:
                self._settle(asset, State.SKIPPED, asset.skipped)
        pending = [asset for asset in self._plan.assets if asset.pending]
        if pending and not may_write_into(self._plan.out):
            raise MediaError(self._plan.out, "no permission to write here", "give another --out")
        others = [asset for asset in pending if asset.kind is Kind.OTHER]
        work = [asset for asset in pending if asset.kind is not Kind.OTHER]
        if not work:
            self._carry(others)
            if self._folder.lock.exists():  # killed after its last unit
                with Lock(self._folder.lock):
                    self._tidy()
                    self._folder.forget_films()
            return
        with closing(self._make_executor(self._bench)) as executor:
            if not self._plan.overwrite:
                self._folder.check(self._plan.settings, executor.fingerprint)
            self._make_folder()
            with Lock(self._folder.lock) as lock:
                self._carry(others)
                try:
                    self._begin(executor)
                except OSError as error:
                    for asset in work:
                        self._bench.fail(asset, os_reason(error))
                    return
                self._stop.may_drain = True
                driver = Driver(
                    self._folder,
                    self._plan.settings,
                    executor,
                    self._bench,
                    self._progress,
                    self._stop,
                    lock,
                )
                driver.run(work)
                if driver.disturbed:
                    self._tidy()
        if self._stop.requested:
            raise KeyboardInterrupt

    def _make_folder(self) -> None:
        try:
            self._folder.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"cannot be written: {os_reason(error)}"
            raise MediaError(self._folder.path, problem) from error

    def _begin(self, executor: Executor) -> None:
        """Record the job."""
        plan, folder = self._plan, self._folder
        folder.begin(
            plan.sources, plan.asked, plan.settings, executor.fingerprint, overwrite=plan.overwrite
        )
        folder.write_plan(asset.facts() for asset in plan.assets)
        self._report.log = folder.log
        self._tidy()

    def _tidy(self) -> None:
        """Remove what a killed run was writing."""
        remove_partials(asset.target for asset in self._plan.assets)
        self._folder.sweep()

    def _carry(self, assets: Sequence[Asset]) -> None:
        """Make the empty folders, and copy what is not coloured."""
        for folder in self._plan.folders:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                asset = Asset(folder, folder, Kind.OTHER, 0)
                self._bench.fail(asset, f"cannot be written: {os_reason(error)}")
        for asset in assets:
            self._bench.carry(asset)

    def _settle(self, asset: Asset, state: State, reason: str) -> None:
        self._report.add(
            Outcome(
                asset=asset.name, kind=asset.kind, state=state, reason=reason, bytes_in=asset.size
            )
        )
