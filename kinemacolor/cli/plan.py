"""`kinemacolor plan`: what a job will be, and what it will take."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from kinemacolor.cli.console import Console
from kinemacolor.engine.jobs.estimate.estimate import estimate_of
from kinemacolor.engine.jobs.estimate.trial import take_sample
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.run import load_worker
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError


def plan(
    sources: Sequence[Path], out: str | None, settings: Settings, *, actors: int, machine: bool
) -> int:
    """Print what a job will be and take; only a temporary folder is written, and removed.

    Args:
        sources, out, settings: as `make_plan` has them; without `out` nothing is there already.
        actors: workers, each like this machine.
        machine: as one line of JSON.

    Returns:
        Exit status: 0 all well, 1 some files cannot be done.

    Raises:
        SettingsError: the job could not be done as it is asked for.
        KinemacolorError: there is no worker to be had.
    """
    if actors < 1:
        raise SettingsError("--actors", f"{actors} is not possible", "use 1 or more")
    with tempfile.TemporaryDirectory(prefix="kinemacolor-") as nowhere:
        job = make_plan(sources, out or f"{nowhere}/", settings)
        estimate = estimate_of(job, take_sample(job, load_worker), actors)
    console = Console()
    if machine:
        console.event(asdict(estimate))
    else:
        for line in estimate.lines():
            console.result(line)
    return 1 if estimate.problems else 0
