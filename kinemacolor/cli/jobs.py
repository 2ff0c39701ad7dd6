"""The commands about a job that has been begun: status, resume, retry and clean."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from kinemacolor.cli.colorize import colorize
from kinemacolor.cli.console import Console
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import find_job
from kinemacolor.engine.jobs.state.lock import Lock
from kinemacolor.models.errors import KinemacolorError


def status(place: Path, *, machine: bool) -> None:
    """Print how far a job is.

    Args:
        place: the job's folder, or that of its results.
        machine: as one line of JSON.

    Raises:
        KinemacolorError: there is no such job.
    """
    console, found = Console(), status_of(find_job(place))
    if machine:
        console.event(asdict(found))
        return
    for line in found.lines():
        console.result(line)


def resume(
    place: Path,
    *,
    failed: bool = False,
    quiet: bool = False,
    machine: bool = False,
    actors: RayOptions | None = None,
) -> int:
    """Go on with a job, as it was asked for.

    Args:
        place: the job's folder, or that of its results.
        failed: also try again what was set aside after failing too often.
        quiet, machine, actors: as `colorize` has them.

    Returns:
        Exit status, as `colorize` has it.

    Raises:
        KinemacolorError: there is no such job, or somebody works on it.
    """
    folder = find_job(place)
    record = folder.record
    assert record is not None, "found by it"
    if failed:
        with Lock(folder.lock):
            for key in folder.ledger.failed():
                folder.ledger.clear_failures(key)
    return colorize(
        record.sources, record.out, record.settings, quiet=quiet, machine=machine, actors=actors
    )


def clean(place: Path) -> None:
    """Remove a job's records and its unfinished films; its results stay.

    Raises:
        KinemacolorError: there is no such job, somebody works on it, or it cannot be removed.
    """
    folder = find_job(place)
    try:
        with Lock(folder.lock):
            shutil.rmtree(folder.path)
    except OSError as error:
        raise KinemacolorError(folder.path, f"cannot be removed: {os_reason(error)}") from error
    with suppress(OSError):  # of other jobs that have results there
        folder.path.parent.rmdir()
