"""`kinemacolor plan`."""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from kinemacolor.cli.announcement import Output, announce
from kinemacolor.cli.console import Console
from kinemacolor.cli.guide_options import with_guide
from kinemacolor.cli.options import JsonDocument, Sources
from kinemacolor.cli.settings_options import with_settings
from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError


@with_guide
@with_settings
def plan(
    sources: Sources,
    *,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", metavar="OUT", show_default=False, help="Leave out results found there."
        ),
    ] = None,
    actors: Annotated[
        int,
        typer.Option(metavar="N", help="Machines like this one that share the work, 1 or more."),
    ] = 1,
    guide: GuideRequest,
    settings: Settings,
    machine: JsonDocument = False,
) -> None:
    """Estimate a job: files, frames, time and disk space.

    A small part of it is coloured in a temporary folder, which is removed. Nothing else is written.

    Exit status: 0 all well, 1 some files cannot be coloured, 2 wrong usage.

    Examples:
        What a job will take:
        $ kinemacolor plan reels photos.zip
        The same for lossless masters, with four machines like this one:
        $ kinemacolor plan reels --for archive --actors 4
        What is still to be done of a job:
        $ kinemacolor plan photos.zip -o coloured/
    """
    if actors < 1:
        raise SettingsError("--actors", f"{actors} is not possible", "use 1 or more")
    console = Console()
    announce(settings, console, Output(quiet=machine))

    from kinemacolor.cli.progress import display  # after the first line: these take a while
    from kinemacolor.engine.jobs.estimate.estimate import estimate_of
    from kinemacolor.engine.jobs.estimate.trial import take_sample
    from kinemacolor.engine.jobs.planning.plan import make_plan
    from kinemacolor.engine.jobs.reporting.phases import Phase, Stage
    from kinemacolor.engine.jobs.run import load_worker

    with (
        tempfile.TemporaryDirectory(prefix="kinemacolor-") as empty,
        closing(display(console, quiet=machine, machine=False)) as progress,
    ):
        progress.enter(Phase(Stage.LOOKING))
        place = out or f"{empty}/"
        job = make_plan(sources, place, settings, guide=guide, on_look=progress.step)
        for asset in job.assets:
            if asset.problem:
                progress.say(f"{asset.name}: {asset.problem}")
        progress.enter(Phase(Stage.TRYING))
        estimate = estimate_of(job, take_sample(job, load_worker), actors)
    if machine:
        console.json(asdict(estimate))
    else:
        for line in estimate.lines():
            console.result(line)
    raise typer.Exit(1 if estimate.problems else 0)
