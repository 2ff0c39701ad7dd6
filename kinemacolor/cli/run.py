"""A colourisation job run for a terminal: planned, displayed, stoppable, summed up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kinemacolor.cli.console import Console
from kinemacolor.cli.plan_listing import list_plan
from kinemacolor.cli.progress import display
from kinemacolor.cli.signals import stop_on_signals
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.jobs.execution.executor_protocol import Stop
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.engine.jobs.planning.backend import resolve_backend
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.run import run_plan
from kinemacolor.engine.settings import Settings

FAILED, STOPPED = 1, 130


def run_job(
    sources: Sequence[Path],
    out: str,
    settings: Settings,
    *,
    overwrite: bool = False,
    dry_run: bool = False,
    quiet: bool = False,
    machine: bool = False,
    report_files: Sequence[Path] = (),
    actors: RayOptions | None = None,
) -> int:
    """Run a job and print what becomes of it, or print its plan.

    Args:
        sources, out, settings, overwrite: as `make_plan` has them.
        dry_run: print the plan and stop.
        quiet: print failures only.
        machine: print events as JSON lines on stdout instead of a bar and a summary.
        report_files: files that tell what became of every file, by their suffixes.
        actors: of the Ray cluster that does the work; None does it in this process.

    Returns:
        Exit status: 0 all well, 1 something failed, 130 stopped by a signal.

    Raises:
        SettingsError: the job must not or cannot be done as it was asked for.
        KinemacolorError: the job cannot begin, or another process works on it.
    """
    console = Console()
    report = Report(console.json if machine else None, report_files)
    try:
        stop = Stop()
        with stop_on_signals(stop, None if machine else console.message):
            plan = make_plan(sources, out, settings, overwrite=overwrite, reports=report_files)
            if dry_run:
                if machine:
                    report.planned(plan)
                    for asset in plan.assets:
                        console.json({"event": "asset", **asset.facts()})
                else:
                    list_plan(plan, console)
                return FAILED if any(asset.problem for asset in plan.assets) else 0
            plan = resolve_backend(plan, None if quiet or machine else console.message)
            progress = display(plan, console, quiet=quiet, machine=machine)
            try:
                run_plan(plan, actors, report, progress, stop)
            finally:
                progress.close()
    except KeyboardInterrupt:
        report.stopped = "Stopped"
    status = STOPPED if report.stopped else FAILED if report.failed else 0
    try:
        report.close()
    except MediaError as error:
        console.message(str(error))
        status = status or FAILED
    if not machine:
        for line in report.failures() if quiet else report.summary():
            console.message(line)
    return status
