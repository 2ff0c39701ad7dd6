"""The commands on a job that has been begun: `status`, `resume`, `retry` and `clean`."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import typer

from kinemacolor.cli.console import Console
from kinemacolor.cli.options import JobFolder, JsonDocument, JsonLines
from kinemacolor.cli.ray_options import with_actors
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.models.errors import KinemacolorError


def status(job: JobFolder, *, machine: JsonDocument = False) -> None:
    """Print how far a job is.

    Files, frames, frames a second, time left, and what failed. Nothing is written.

    Examples:
        Of the job whose results are in coloured/:
        $ kinemacolor status coloured/
        Of one job, where the folder has several:
        $ kinemacolor status coloured/.kinemacolor/photos.zip-*
        For a program:
        $ kinemacolor status coloured/ --json
    """
    from kinemacolor.engine.jobs.reporting.status import status_of
    from kinemacolor.engine.jobs.state.folder import find_job

    console, found = Console(), status_of(find_job(job))
    if machine:
        console.json(asdict(found))
        return
    for line in found.lines():
        console.result(line)


@with_actors
def resume(job: JobFolder, *, actors: RayOptions | None, machine: JsonLines = False) -> None:
    """Go on with a stopped job.

    The same as repeating the command that began it, but for the cluster: the work is done in this
    process, or with --ray in actors, wherever it began.

    Examples:
        Here, in one process:
        $ kinemacolor resume coloured/
        In two processes of this machine:
        $ kinemacolor resume coloured/ --ray --actors 2
        With every event as a line of JSON:
        $ kinemacolor resume coloured/ --json
    """
    raise typer.Exit(_go_on(job, actors, machine))


@with_actors
def retry(job: JobFolder, *, actors: RayOptions | None, machine: JsonLines = False) -> None:
    """Go on with a job, including what failed.

    As `resume`, and what was set aside after failing three times is tried again.

    Examples:
        Here, in one process:
        $ kinemacolor retry coloured/
        In two processes of this machine:
        $ kinemacolor retry coloured/ --ray --actors 2
        With every event as a line of JSON:
        $ kinemacolor retry coloured/ --json
    """
    from kinemacolor.engine.jobs.state.folder import find_job
    from kinemacolor.engine.jobs.state.lock import Lock

    folder = find_job(job)
    with Lock(folder.lock):
        for key in folder.ledger.failed():
            folder.ledger.clear_failures(key)
    raise typer.Exit(_go_on(job, actors, machine))


def clean(job: JobFolder, *, machine: JsonDocument = False) -> None:
    """Remove a job's records; results stay.

    Pieces of unfinished films are removed, too.

    Examples:
        When all is well:
        $ kinemacolor clean coloured/
        Of one job, where the folder has several:
        $ kinemacolor clean coloured/.kinemacolor/photos.zip-*
        For a program:
        $ kinemacolor clean coloured/ --json
    """
    from kinemacolor.engine.files import os_reason
    from kinemacolor.engine.jobs.state.folder import find_job
    from kinemacolor.engine.jobs.state.lock import Lock

    folder = find_job(job)
    try:
        with Lock(folder.lock):
            shutil.rmtree(folder.path)
    except OSError as error:
        raise KinemacolorError(folder.path, f"cannot be removed: {os_reason(error)}") from error
    with suppress(OSError):  # not empty: other jobs have results there, too
        folder.path.parent.rmdir()
    if machine:
        Console().json({"removed": str(folder.path)})


def _go_on(place: Path, actors: RayOptions | None, machine: bool) -> int:
    """Run a job as its record has it.

    Returns:
        Exit status, as `run_job` has it.

    Raises:
        KinemacolorError: there is no such job, or another process works on it.
    """
    from kinemacolor.cli.run import run_job
    from kinemacolor.engine.jobs.state.folder import find_job

    record = find_job(place).record
    assert record is not None, "find_job finds a job by its record"
    return run_job(record.sources, record.out, record.settings, machine=machine, actors=actors)
