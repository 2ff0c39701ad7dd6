"""The work of a job for a terminal: planned, displayed, stoppable, summed up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kinemacolor.cli.announcement import Output
from kinemacolor.cli.console import Console
from kinemacolor.cli.early import STOPPED
from kinemacolor.cli.errors import FAILED
from kinemacolor.cli.plan_listing import list_plan
from kinemacolor.cli.progress import display
from kinemacolor.cli.signals import stop_on_signals
from kinemacolor.engine.backends.decision import Decision
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.jobs.execution.executor_protocol import Stop
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.engine.jobs.planning.backend import resolve_backend
from kinemacolor.engine.jobs.planning.plan import Plan, make_plan
from kinemacolor.engine.jobs.reporting.phases import Phase, Stage
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.reporting.speeds import remember_speed
from kinemacolor.engine.jobs.run import run_plan
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.settings import Settings


class Work:
    """A job's work, and what is printed of it.

    Args:
        console: where it is printed.
        output: what is printed.
        device: that has been announced; empty for a cluster's.
        report_files: files that tell what became of every file, by their suffixes.
    """

    def __init__(
        self, console: Console, output: Output, device: str, report_files: Sequence[Path]
    ) -> None:
        self._console, self._output, self._device = console, output, device
        self._report_files = report_files
        self._report = Report(console.json if output.machine else None, report_files)
        self._progress = Progress(0)

    def run(
        self,
        sources: Sequence[Path],
        out: str,
        settings: Settings,
        *,
        guide: GuideRequest,
        overwrite: bool,
        keep_records: bool,
        going_on: str,
        dry_run: bool,
        actors: RayOptions | None,
    ) -> int:
        """Do it; arguments, exit status and errors are those of `run_job`."""
        output, stop = self._output, Stop()
        quiet = output.quiet or (dry_run and output.machine)
        try:
            with stop_on_signals(stop, None if output.machine else self._say):
                self._progress = display(
                    self._console, quiet=quiet, machine=output.machine and not dry_run
                )
                try:
                    self._progress.enter(Phase(Stage.LOOKING))
                    plan = make_plan(
                        sources,
                        out,
                        settings,
                        overwrite=overwrite,
                        keep_records=keep_records,
                        reports=self._report_files,
                        guide=guide,
                        on_look=self._progress.step,
                    )
                    if not dry_run:
                        self._do(plan, actors, stop)
                finally:
                    self._progress.close()
                if dry_run:
                    return self._list(plan)
        except KeyboardInterrupt:
            self._report.stopped = "Stopped"
        return self._end(going_on)

    def _do(self, plan: Plan, actors: RayOptions | None, stop: Stop) -> None:
        plan.check_place()
        for note in plan.notes:
            self._say(note)
        if any(asset.pending and asset.kind is not Kind.OTHER for asset in plan.assets):
            self._progress.enter(Phase(Stage.LOADING))
        plan = resolve_backend(plan, self._tell)
        self._progress.expect(plan.frames)
        run_plan(plan, actors, self._report, self._progress, stop)
        kinds = {asset.kind for asset in plan.assets if asset.pending} - {Kind.OTHER}
        if actors is None and kinds == {Kind.FILM} and self._progress.rate:
            remember_speed(plan.settings.model, self._progress.done, self._progress.rate)

    def _tell(self, decision: Decision) -> None:
        """Say of the choice of a backend what is worth saying."""
        if self._output.verbose:
            self._say(str(decision))
        elif decision.advice:
            self._say(decision.advice)
        if self._device and decision.device != self._device.partition(":")[0]:
            device = "processor" if decision.device == "cpu" else "GPU"
            self._say(f"Working on the {device} after all: PyTorch decides so.")

    def _say(self, text: str) -> None:
        if not self._output.quiet and not self._output.machine:
            self._progress.say(text)

    def _list(self, plan: Plan) -> int:
        if self._output.machine:
            self._report.planned(plan)
            for asset in plan.assets:
                self._console.json({"event": "asset", **asset.facts()})
        else:
            list_plan(plan, self._console)
        return FAILED if any(asset.problem for asset in plan.assets) else 0

    def _end(self, going_on: str) -> int:
        report = self._report
        status = STOPPED if report.stopped else FAILED if report.failed else 0
        try:
            report.close()
        except MediaError as error:
            self._console.message(str(error))
            status = status or FAILED
        if not self._output.machine:
            lines = report.failures() if self._output.quiet else report.summary()
            if going_on and report.found_all_done and not self._output.quiet:
                lines = [f"{going_on}: nothing left to do"]
            for line in lines:
                self._console.message(line)
        return status
