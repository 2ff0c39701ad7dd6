"""A colourisation job run for a terminal: checked and announced before anything large is loaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from kinemacolor.cli.announcement import Output, announce
from kinemacolor.cli.console import Console
from kinemacolor.engine.guidance.guide_file.request import NO_GUIDE, GuideRequest
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.engine.jobs.planning.request import check_request
from kinemacolor.engine.settings import Settings


def run_job(
    sources: Sequence[Path],
    out: str,
    settings: Settings,
    *,
    guide: GuideRequest = NO_GUIDE,
    overwrite: bool = False,
    keep_records: bool = False,
    going_on: str = "",
    dry_run: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    machine: bool = False,
    report_files: Sequence[Path] = (),
    actors: RayOptions | None = None,
) -> int:
    """Run a job and print what becomes of it, or print its plan.

    Args:
        sources, out, settings, guide, overwrite, keep_records: as `make_plan` has them.
        going_on: name of a job that has been begun: where it has nothing left to do, one line says
            so in place of the summary.
        dry_run: print the plan and stop.
        quiet, verbose, machine: as `Output` has them.
        report_files: files that tell what became of every file, by their suffixes.
        actors: of the Ray cluster that does the work; None does it in this process.

    Returns:
        Exit status: 0 all well, 1 something failed, 130 stopped by a signal.

    Raises:
        SettingsError: the job must not or cannot be done as it was asked for.
        WeightsError: there is no such network.
        KinemacolorError: the job cannot begin, or another process works on it.
    """
    console, output = Console(), Output(quiet=quiet, verbose=verbose, machine=machine)
    if dry_run:
        check_request(settings, here=actors is None)
    expected = "" if dry_run else announce(settings, console, output, actors)
    if not (quiet or machine or dry_run):
        _tell_missing(sources, console)
    from kinemacolor.cli.job import Work  # after the first line: it loads what a job needs

    work = Work(console, output, expected, report_files)
    return work.run(
        sources,
        out,
        settings,
        guide=guide,
        overwrite=overwrite,
        keep_records=keep_records,
        going_on=going_on,
        dry_run=dry_run,
        actors=actors,
    )


def _tell_missing(sources: Sequence[Path], console: Console) -> None:
    """Tell at once of sources that are not there, where there are others to be done first."""
    missing = [source for source in sources if not os.path.lexists(source)]
    if len(missing) < len(sources):
        for source in missing:
            console.message(f"{source}: there is no such file or folder; the rest is done")
