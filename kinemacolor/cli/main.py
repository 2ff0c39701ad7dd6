"""The command `kinemacolor`: options and help; the work is done elsewhere, loaded when needed."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kinemacolor.cli import jobs as jobs
from kinemacolor.cli.colorize import colorize as run_colorize
from kinemacolor.cli.console import Console
from kinemacolor.cli.evaluate import evaluate
from kinemacolor.cli.models import models
from kinemacolor.cli.options import WithRay, with_actors, with_settings
from kinemacolor.cli.plan import plan as run_plan_command
from kinemacolor.cli.train import train
from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.jobs.execution.ray_options import Actors
from kinemacolor.engine.process import tune_process
from kinemacolor.engine.settings import BACKENDS, PRECISIONS, Settings
from kinemacolor.models.errors import KinemacolorError, SettingsError

DEFAULTS = Settings()

app = typer.Typer(
    name="kinemacolor",
    help="Colour black-and-white films and photographs in bulk; their light stays as it is.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Sources = Annotated[
    list[Path],
    typer.Argument(
        metavar="SOURCE...",
        show_default=False,
        help="Films, stills, folders (searched through), .zip and .tar[.gz|.xz|.bz2] archives.",
    ),
]


@app.command(cls=WithRay)
@with_actors
@with_settings
def colorize(
    sources: Sources,
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="OUT",
            show_default=False,
            help="Where results go. A single file goes to OUT if that has a suffix or is a file; "
            "else OUT is a folder, made where it is missing.",
        ),
    ],
    settings: Settings,
    actors: Actors | None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite/--keep", help="Make results again that are there already."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing but what failed.")
    ] = False,
    machine: Annotated[
        bool, typer.Option("--json", help="Events as JSON lines on stdout, for machines.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Write a JSON file of what became of every file, with SHA-256 of both sides.",
        ),
    ] = None,
) -> None:
    """Colour films, stills, folders and archives.

    A folder gives a folder with the same names, an archive an archive with the same members; what
    is neither film nor still is carried over unchanged. Results that are there already are kept, so
    the same command again does what is missing. Sources are never changed.

    Exit status: 0 all well, 1 something failed, 2 wrong usage, 130 stopped.
    """
    raise typer.Exit(
        run_colorize(
            sources,
            out,
            settings,
            overwrite=overwrite,
            dry_run=dry_run,
            quiet=quiet,
            machine=machine,
            report_file=report,
            actors=actors,
        )
    )


@app.command()
@with_settings
def plan(
    sources: Sources,
    settings: Settings,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="OUT", help="Leave out what is done already there."),
    ] = None,
    actors: Annotated[
        int, typer.Option(help="How many workers like this machine the time is for.")
    ] = 1,
    machine: Annotated[bool, typer.Option("--json", help="As JSON, for machines.")] = False,
) -> None:
    """Tell what a job will be and take: units, frames, bytes, time, disk.

    A little of it is coloured for trial in a temporary folder; nothing else is written.
    """
    raise typer.Exit(run_plan_command(sources, out, settings, actors=actors, machine=machine))


@app.command(name="compile")
def compile_network(
    model: Annotated[
        str,
        typer.Argument(metavar="VARIANT", help="A network with weights at hand, or their file."),
    ] = DEFAULTS.model,
    backend: Annotated[
        str,
        typer.Option(help=f"{', '.join(BACKENDS)}; auto is the one that colouring would prefer."),
    ] = DEFAULTS.backend,
    precision: Annotated[str, typer.Option(help=", ".join(PRECISIONS))] = DEFAULTS.precision,
    size: Annotated[
        list[str],
        typer.Option(metavar="WIDTHxHEIGHT", help="Of the films to come; may be repeated."),
    ] = ["640x480", "1920x1080"],  # noqa: B006
    working_size: Annotated[int, typer.Option(help="As colorize has it.")] = DEFAULTS.working_size,
    device: Annotated[str, typer.Option(help="As colorize has it.")] = DEFAULTS.device,
    machine: Annotated[bool, typer.Option("--json", help="JSON lines, for machines.")] = False,
) -> None:
    """Compile a network ahead of time for films of some sizes.

    Every compiled form is held against eager float32 before it is kept, in $KINEMACOLOR_CACHE or
    the platform's folder for caches. Prints what was built, how far its colours are off (mean and
    99th percentile, ab units), how long it took and where it is.

    Exit status: 0 all well, 1 a form's colours are wrong and it will not be used, 2 wrong usage.
    """
    from kinemacolor.engine.backends.precompile import compile_ahead

    settings = Settings(
        model=model, backend=backend, precision=precision, working_size=working_size, device=device
    )
    console, refused = Console(), False
    shapes = dict.fromkeys(_working_shape(text, working_size) for text in size)
    for built in compile_ahead(settings, list(shapes)):
        refused |= bool(built.problem)
        if machine:
            console.event({**asdict(built), "place": str(built.place)})
        else:
            console.result(built.line())
    raise typer.Exit(int(refused))


def _working_shape(size: str, working_size: int) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", size)
    if match is None:
        raise SettingsError("--size", f"{size!r} is no size", "use WIDTHxHEIGHT, such as 640x480")
    return working_shape(int(match[2]), int(match[1]), working_size)


JobPlace = Annotated[
    Path,
    typer.Argument(
        metavar="JOB", show_default=False, help="A job's folder, or the one of its results."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for machines.")]


@app.command()
def status(job: JobPlace, machine: AsJson = False) -> None:
    """Tell how far a job is: files, frames, rate, time left, failures. Only reads."""
    jobs.status(job, machine=machine)


@app.command(cls=WithRay)
@with_actors
def resume(job: JobPlace, actors: Actors | None, machine: AsJson = False) -> None:
    """Go on with a job, as the command that began it would; here, or with --ray in a cluster."""
    raise typer.Exit(jobs.resume(job, machine=machine, actors=actors))


@app.command(cls=WithRay)
@with_actors
def retry(job: JobPlace, actors: Actors | None, machine: AsJson = False) -> None:
    """Go on with a job, and try again what was set aside after failing three times."""
    raise typer.Exit(jobs.resume(job, failed=True, machine=machine, actors=actors))


@app.command()
def clean(job: JobPlace) -> None:
    """Remove a job's records and the pieces of unfinished films. Results stay."""
    jobs.clean(job)


app.command()(train)
app.command()(evaluate)
app.command()(models)


def main() -> None:
    """Run the command; a known problem is one line and a status, never a traceback."""
    tune_process()
    try:
        app()
    except KinemacolorError as error:
        Console().message(f"kinemacolor: {error}")
        raise SystemExit(2 if isinstance(error, SettingsError) else 1) from None


if __name__ == "__main__":
    main()
