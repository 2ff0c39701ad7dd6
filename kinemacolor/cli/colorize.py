"""The command `colorize` behind its options: plan, then run or print, then sum up."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from kinemacolor.cli.console import Console
from kinemacolor.cli.progress import Bar
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.jobs.execution.executor import Stop
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.engine.jobs.formatting import format_bytes, format_counts
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.backend import resolve_backend
from kinemacolor.engine.jobs.planning.plan import Plan, make_plan
from kinemacolor.engine.jobs.reporting.progress import Lines, Progress, logged
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.run import run_plan
from kinemacolor.engine.settings import Settings

FAILED, STOPPED = 1, 130


def colorize(
    sources: Sequence[Path],
    out: str,
    settings: Settings,
    *,
    overwrite: bool = False,
    dry_run: bool = False,
    quiet: bool = False,
    machine: bool = False,
    report_file: Path | None = None,
    actors: RayOptions | None = None,
) -> int:
    """Do a job, or print its plan.

    Args:
        sources, out, settings, overwrite: as `make_plan` has them.
        dry_run: print the plan and do nothing.
        quiet: say nothing but what failed.
        machine: events as JSON lines on stdout instead of a bar and a summary.
        report_file: a JSON file of all events.
        actors: of the Ray cluster that does the work; None does it in this process.

    Returns:
        Exit status: 0 all well, 1 something failed, 130 stopped by the user.

    Raises:
        SettingsError: the job must not or cannot be done as it was asked for.
    """
    console = Console()
    report = Report(console.event if machine else None, report_file)
    try:
        stop = Stop()
        with _graceful_signals(stop, None if machine else console.message):
            plan = make_plan(sources, out, settings, overwrite=overwrite, report=report_file)
            if dry_run:
                _show(plan, report, console, machine)
                return FAILED if any(asset.problem for asset in plan.assets) else 0
            plan = resolve_backend(plan, None if quiet or machine else console.message)
            progress = _progress(plan, console, quiet, machine)
            try:
                run_plan(plan, actors, report, progress, stop)
            finally:
                progress.close()
    except KeyboardInterrupt:
        report.stopped = "Stopped"
    status = STOPPED if report.stopped else FAILED if report.failed else 0
    try:
        report.close()
    except OSError as error:
        console.message(f"{report_file}: the report cannot be written: {os_reason(error)}")
        status = status or FAILED
    if not machine:
        for line in report.failures() if quiet else report.summary():
            console.message(line)
    return status


def _progress(plan: Plan, console: Console, quiet: bool, machine: bool) -> Progress:
    if machine:
        return Lines(plan.frames, console.event)
    if quiet or (not plan.frames and not plan.frame_count_unknown):
        return Progress(plan.frames)
    if console.err.isatty():
        return Bar(plan.frames, console.err)
    return Lines(plan.frames, lambda event: console.message(logged(event)), pause=30)


@contextmanager
def _graceful_signals(stop: Stop, say: Callable[[str], None] | None) -> Iterator[None]:
    """Ctrl-C lets units that are begun come to their end; a second one, or SIGTERM, does not.

    SIGTERM is what clusters and time limits send shortly before they kill.
    """

    def end(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGTERM or stop.requested or not stop.may_drain:
            raise KeyboardInterrupt
        stop.requested = True
        if say:
            say("Stopping when what is begun is done; Ctrl-C again stops at once")

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show(plan: Plan, report: Report, console: Console, machine: bool) -> None:
    """The plan, an asset a line, and its totals."""
    if machine:
        report.planned(plan)
        for asset in plan.assets:
            console.event({"event": "asset", **asset.facts()})
        return
    console.result(f"{'kind':8}{'frames':>10}{'size':>11}  source -> result")
    for asset in plan.assets:
        frames = (
            f"{asset.frames:,}{'+' if asset.frame_count_unknown else ''}" if asset.pending else "-"
        )
        said = "; ".join(filter(None, (asset.contents, *asset.notes)))
        console.result(
            f"{asset.kind:8}{frames:>10}{format_bytes(asset.size):>11}  {asset.name}{_status_text(asset)}"
            + (f"  ({said})" if said else "")
        )
    counts = format_counts(Counter(asset.kind for asset in plan.assets))
    more = (
        " and more that are known only when archives are opened" if plan.frame_count_unknown else ""
    )
    size = format_bytes(sum(asset.size for asset in plan.assets))
    console.result(f"{counts}; {size}; {plan.frames:,} frames to colour{more}")


def _status_text(asset: Asset) -> str:
    if asset.problem:
        return f"  FAILS: {asset.problem}"
    return f"  skipped: {asset.skipped}" if asset.skipped else f" -> {asset.target}"
