"""The commands on jobs that have been begun: `status`, `resume`, `retry` and `clean`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinemacolor.cli.console import Console
from kinemacolor.cli.early import STOPPED
from kinemacolor.cli.errors import FAILED, exit_status
from kinemacolor.cli.options import JobFolder, JsonLines, Quiet
from kinemacolor.cli.ray_options import with_actors
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:
    from kinemacolor.engine.jobs.state.folder import JobFolder as Job

JobName = Annotated[
    str | None,
    typer.Option(
        "--job",
        metavar="NAME",
        show_default="all",
        help="The one job that is meant, by its name as `kinemacolor status` prints it, or the "
        "beginning of that.",
    ),
]


def status(job: JobFolder, *, name: JobName = None, machine: JsonLines = False) -> None:
    """Print how far jobs are.

    Files, frames, frames a second, time left, and what failed, of every job in a folder of results.
    With --json one line each. Nothing is written. Records that cannot be read are named, and give
    exit status 1.

    Examples:
        Of all jobs whose results are in coloured/:
        $ kinemacolor status coloured/
        Of one of them:
        $ kinemacolor status coloured/ --job photos.zip
        For a program:
        $ kinemacolor status coloured/ --json
    """
    from kinemacolor.engine.jobs.reporting.status import status_of
    from kinemacolor.engine.jobs.state.folder import has_jobs

    console = Console()
    if name is None and job.is_dir() and not has_jobs(job):
        console.message(
            f"{job}: no job is under way here; a single file leaves no records when done"
        )
        return

    def tell(found: Job) -> int:
        known = status_of(found)
        if machine:
            console.json(asdict(known))
        for line in () if machine else known.lines():
            console.result(line)
        return FAILED if known.damaged else 0

    raise typer.Exit(_for_each(job, name, tell))


@with_actors
def resume(
    job: JobFolder,
    *,
    name: JobName = None,
    actors: RayOptions | None,
    quiet: Quiet = False,
    machine: JsonLines = False,
) -> None:
    """Go on with stopped jobs.

    The same as repeating the commands that began them, but for the cluster: the work is done in
    this process, or with --ray in actors, wherever it began. All jobs in a folder of results are
    gone on with, one after another.

    Examples:
        Here, in one process:
        $ kinemacolor resume coloured/
        In two processes of this machine:
        $ kinemacolor resume coloured/ --ray --actors 2
        With every event as a line of JSON:
        $ kinemacolor resume coloured/ --json
    """
    raise typer.Exit(_for_each(job, name, lambda found: _go_on(found, actors, quiet, machine)))


@with_actors
def retry(
    job: JobFolder,
    *,
    name: JobName = None,
    actors: RayOptions | None,
    quiet: Quiet = False,
    machine: JsonLines = False,
) -> None:
    """Go on with jobs, including what failed.

    As `resume`, and what was set aside after failing three times is tried again.

    Examples:
        Here, in one process:
        $ kinemacolor retry coloured/
        In two processes of this machine:
        $ kinemacolor retry coloured/ --ray --actors 2
        With every event as a line of JSON:
        $ kinemacolor retry coloured/ --json
    """
    from kinemacolor.engine.jobs.state.lock import Lock

    def again(found: Job) -> int:
        _check_place(found)
        with Lock(found.lock):
            for key in found.ledger.failed():
                found.ledger.clear_failures(key)
        return _go_on(found, actors, quiet, machine)

    raise typer.Exit(_for_each(job, name, again))


def clean(job: JobFolder, *, name: JobName = None, machine: JsonLines = False) -> None:
    """Remove the records of jobs; results stay.

    Of all jobs in a folder of results, but for those that are being worked on. The pieces of films
    that are kept are removed, too.

    Examples:
        When all is well:
        $ kinemacolor clean coloured/
        Of one job alone:
        $ kinemacolor clean coloured/ --job photos.zip
        For a program:
        $ kinemacolor clean coloured/ --json
    """
    from kinemacolor.engine.files import os_reason
    from kinemacolor.engine.jobs.state.lock import Lock

    console, removed = Console(), []

    def remove(found: Job) -> int:
        with Lock(found.lock):
            try:
                found.remove()
            except OSError as error:
                raise KinemacolorError(
                    found.path, f"cannot be removed: {os_reason(error)}"
                ) from error
        removed.append(found.path.name)
        if machine:
            console.json({"removed": str(found.path)})
        return 0

    ended = _for_each(job, name, remove)
    if removed and not machine:
        jobs = "a job" if len(removed) == 1 else f"{len(removed):,} jobs"
        console.result(f"removed the records of {jobs}: {', '.join(removed)}; results stay")
    raise typer.Exit(ended)


def _for_each(place: Path, name: str | None, do: Callable[[Job], int]) -> int:
    """Do something with every job of a folder; one that cannot be done costs no other.

    Args:
        place: folder of results, or of a job.
        name: of the one job that is meant; None for all.
        do: gives an exit status.

    Returns:
        The highest exit status.

    Raises:
        KinemacolorError: there is no such job, or it is the only one and cannot be done.
    """
    from kinemacolor.engine.jobs.state.folder import find_jobs

    worst, jobs = 0, find_jobs(place, name)
    for found in jobs:
        try:
            ended = do(found)
        except KinemacolorError as error:
            if len(jobs) == 1:
                raise
            Console().message(f"kinemacolor: {error}")
            ended = exit_status(error)
        worst = max(worst, ended)
        if ended == STOPPED:
            break
    return worst


def _go_on(job: Job, actors: RayOptions | None, quiet: bool, machine: bool) -> int:
    """Run a job as its record has it.

    Returns:
        Exit status, as `run_job` has it.

    Raises:
        KinemacolorError: its record cannot be read, or another process works on it.
    """
    from kinemacolor.cli.run import run_job
    from kinemacolor.engine.jobs.state.schema import DamagedRecord

    try:
        record = job.record
    except DamagedRecord as error:
        remedy = "give the command that began the job again: it writes this anew and goes on"
        raise KinemacolorError(error.subject, error.problem, remedy) from error
    if record is None:
        remedy = "give the command that began the job again"
        raise KinemacolorError(job.path, "has no record of what was asked for", remedy)
    _check_place(job)
    return run_job(
        record.sources,
        record.out,
        record.settings,
        guide=record.guide,
        keep_records=record.keep_records,
        going_on=job.path.name,
        quiet=quiet,
        machine=machine,
        actors=actors,
    )


def _check_place(job: Job) -> None:
    """Refuse a job whose folder has been moved: it would go on where the user does not look."""
    if old := job.moved_from:
        problem = f"has been moved: its results were to go to {old}"
        remedy = "move the folder of the results back, or give the command again with a new --out"
        raise KinemacolorError(job.path, problem, remedy)
