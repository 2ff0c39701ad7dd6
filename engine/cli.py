"""The command `kinemacolor`: options and help; the work is done elsewhere, loaded when needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.errors import KinemacolorError, SettingsError
from engine.jobs import commands as jobs
from engine.jobs.colorize import colorize as run_colorize
from engine.jobs.console import Console
from engine.settings import CODECS, CONTAINERS, Settings
from trainers import commands

DEFAULTS = Settings()

app = typer.Typer(
    name="kinemacolor",
    help="Colour black-and-white films and photographs in bulk; their light stays as it is.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def colorize(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            show_default=False,
            help="Films, stills, folders (searched through), .zip and .tar[.gz|.xz|.bz2] archives.",
        ),
    ],
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
    model: Annotated[
        str, typer.Option(help="A network that `kinemacolor models` lists, or a weights file.")
    ] = DEFAULTS.model,
    working_size: Annotated[
        int,
        typer.Option(
            help="Short side, in pixels, at which the network sees a picture: a multiple of 32. "
            "Larger sees finer things and is slower.",
        ),
    ] = DEFAULTS.working_size,
    device: Annotated[
        str, typer.Option(help="auto (a GPU where there is one), cpu, cuda or cuda:N.")
    ] = DEFAULTS.device,
    colour_every: Annotated[
        str,
        typer.Option(
            metavar="auto|N",
            help="Frames of a film, at most, from one that the network colours to the next; those "
            "between get theirs along the motion, where that can be followed. 1 is every frame.",
        ),
    ] = DEFAULTS.colour_every,
    smoothing_window: Annotated[
        int, typer.Option(help="Frames on either side that steady a film's colours; 0 for none.")
    ] = DEFAULTS.smoothing_window,
    smoothing_strength: Annotated[
        float, typer.Option(help="How much those frames count, 0 to 1.")
    ] = DEFAULTS.smoothing_strength,
    saturation: Annotated[
        float, typer.Option(help="Strength of the colours: 1 as the network gives them, 0 grey.")
    ] = DEFAULTS.saturation,
    codec: Annotated[
        str,
        typer.Option(
            help=f"Of films: {', '.join(CODECS)}. auto is H.264, or lossless FFV1 where that "
            "cannot hold the bit depth.",
        ),
    ] = DEFAULTS.codec,
    quality: Annotated[
        float | None,
        typer.Option(
            help="The encoder's constant-quality number (CRF); lower is better and larger.",
            show_default="visually lossless",
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(help="The encoder's speed preset.", show_default="chosen by codec"),
    ] = None,
    container: Annotated[
        str,
        typer.Option(
            help=f"Of films: {', '.join(CONTAINERS)}. auto is the source's where the codec fits.",
        ),
    ] = DEFAULTS.container,
    segment_frames: Annotated[
        int,
        typer.Option(
            help="Frames of a film, at most, that are worked on as one: what a killed job loses. "
            "Shorter segments have more key frames."
        ),
    ] = DEFAULTS.segment_frames,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite/--keep", help="Make results again that are there already."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")
    ] = False,
    salvage: Annotated[
        bool,
        typer.Option("--salvage", help="Keep what is whole of cut-off films and archives."),
    ] = DEFAULTS.salvage,
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
    settings = Settings(
        model=model,
        working_size=working_size,
        device=device,
        colour_every=colour_every,
        smoothing_window=smoothing_window,
        smoothing_strength=smoothing_strength,
        saturation=saturation,
        codec=codec,
        quality=quality,
        preset=preset,
        container=container,
        segment_frames=segment_frames,
        salvage=salvage,
    )
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
        )
    )


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


@app.command()
def resume(job: JobPlace, machine: AsJson = False) -> None:
    """Go on with a job, as the command that began it would."""
    raise typer.Exit(jobs.resume(job, machine=machine))


@app.command()
def retry(job: JobPlace, machine: AsJson = False) -> None:
    """Go on with a job, and try again what was set aside after failing three times."""
    raise typer.Exit(jobs.resume(job, failed=True, machine=machine))


@app.command()
def clean(job: JobPlace) -> None:
    """Remove a job's records and the pieces of unfinished films. Results stay."""
    jobs.clean(job)


app.command()(commands.train)
app.command()(commands.evaluate)
app.command()(commands.models)


def main() -> None:
    """Run the command; a known problem is one line and a status, never a traceback."""
    try:
        app()
    except commands.CommandError as error:
        Console().message(f"kinemacolor: {error}")
        raise SystemExit(2) from None
    except KinemacolorError as error:
        Console().message(f"kinemacolor: {error}")
        raise SystemExit(2 if isinstance(error, SettingsError) else 1) from None


if __name__ == "__main__":
    main()
