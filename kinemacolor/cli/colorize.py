"""`kinemacolor colorize`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kinemacolor.cli.guide_options import with_guide
from kinemacolor.cli.options import REPORTING, JsonLines, Quiet, Sources, Verbose
from kinemacolor.cli.ray_options import with_actors
from kinemacolor.cli.settings_options import with_settings
from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.engine.settings import Settings


@with_actors
@with_guide
@with_settings
def colorize(
    sources: Sources,
    *,
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="OUT",
            show_default=False,
            help="Where results go. OUT is a file where it has a suffix and the source is a single "
            "file; otherwise a folder, made where it is missing.",
        ),
    ],
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite/--keep", help="Whether to make existing results again."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and stop.")] = False,
    guide: GuideRequest,
    settings: Settings,
    actors: RayOptions | None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    keep_records: Annotated[
        bool,
        typer.Option(
            "--keep-records",
            help="Keep the records of a single file when it is done, those of other jobs stay "
            "anyway; and the coloured pieces of films, so that a guide that is added later makes "
            "anew only the shots that it reaches.",
            rich_help_panel=REPORTING,
        ),
    ] = False,
    machine: JsonLines = False,
    report: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Write what became of every file, with sizes, times and SHA-256: a page with "
            "pictures (.html), a table (.csv) or all events (.json). May be given several times.",
            rich_help_panel=REPORTING,
        ),
    ] = None,
) -> None:
    """Colour films, stills, folders and archives.

    A folder gives a folder with the same names, an archive gives an archive with the same members;
    sound, text and documents are copied unchanged, media that is not read counts as failed.
    Existing results are kept, so the same command again does what is missing. Sources are never
    changed.

    Exit status: 0 all well, 1 something failed, 2 wrong usage, 130 stopped.

    Examples:
        A film, an archive of photos and a folder, into one folder:
        $ kinemacolor colorize reel.mp4 photos.zip reels -o coloured/
        The first two seconds, with stronger colours, for a look:
        $ kinemacolor colorize reel.mp4 -o trial.mp4 --to 2 --saturation 1.3
        Lossless masters with checksums and a report:
        $ kinemacolor colorize reels -o masters/ --for archive
    """
    from kinemacolor.cli.run import run_job

    raise typer.Exit(
        run_job(
            sources,
            out,
            settings,
            guide=guide,
            overwrite=overwrite,
            keep_records=keep_records,
            dry_run=dry_run,
            quiet=quiet,
            verbose=verbose,
            machine=machine,
            report_files=report or (),
            actors=actors,
        )
    )
