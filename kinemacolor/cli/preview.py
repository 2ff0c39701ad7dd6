"""`kinemacolor preview`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinemacolor.cli.announcement import Output, announce
from kinemacolor.cli.console import Console
from kinemacolor.cli.guide_options import with_guide
from kinemacolor.cli.options import EVERYDAY, JsonDocument, Sources
from kinemacolor.cli.settings_options import with_settings
from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.settings import Settings

if TYPE_CHECKING:
    from kinemacolor._job import Progress
    from kinemacolor._preview import Preview


@with_guide
@with_settings
def preview(
    sources: Sources,
    *,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="SHEET",
            help="The sheet: .png, .jpg or .webp, or .html for a page that needs no other file.",
            rich_help_panel=EVERYDAY,
        ),
    ] = Path("preview.png"),
    count: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Pictures, at most; but each source has one.",
            rich_help_panel=EVERYDAY,
        ),
    ] = 12,
    compare: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE,...",
            show_default=False,
            help="Colour with several values of a setting, side by side. May be repeated: every "
            "combination is then a column.",
            rich_help_panel=EVERYDAY,
        ),
    ] = None,
    guide: GuideRequest,
    settings: Settings,
    machine: JsonDocument = False,
) -> None:
    """Show a few pictures before and after, within seconds.

    Of a film it takes a frame of each shot, of folders and archives a spread of what they hold.
    Frames come out exactly as in the coloured film. Also says what the whole would take. The bar
    under a picture shows how unsure the network is of its colours.

    Exit status: 0 all well, 1 something cannot be shown, 2 wrong usage.

    Examples:
        A sheet of a film:
        $ kinemacolor preview reel.mp4 -o sheet.png
        A page of an archive's photos:
        $ kinemacolor preview photos.zip -o sheet.html --count 24
        Three strengths of colour side by side:
        $ kinemacolor preview reel.mp4 --compare saturation=0.8,1,1.3
    """
    console = Console()
    announce(settings, console, Output(quiet=machine))
    if not machine:
        names = ", ".join(source.name or str(source) for source in sources[:3])
        console.message(f"Looking at {names}{', ...' if len(sources) > 3 else ''}")

    from kinemacolor._compare import parse_comparison, ways_of
    from kinemacolor._preview import check_sheet_place, preview_with
    from kinemacolor.engine.jobs.planning.request import check_request

    comparison = parse_comparison(compare or [])
    for _, way in ways_of(settings, comparison):
        check_request(way, here=True)
    check_sheet_place(out, sources)
    line = _Line(console, shown=not machine)
    made = preview_with(
        guide,
        sources,
        settings=settings,
        compare=comparison,
        count=count,
        on_progress=line.show,
    )
    line.clear()
    for problem in made.problems:
        console.message(problem)
    if made.pictures:
        made.write(out)
    if machine:
        console.json(_document(made, out))
    elif made.pictures:
        console.result(made.summary)
        count = len(made.pictures)
        console.result(f"{count} picture{'s' if count != 1 else ''} in {out}")
    raise typer.Exit(1 if made.problems or not made.pictures else 0)


class _Line:
    """A line on a terminal that counts pictures and goes away.

    Args:
        console: of the command.
        shown: whether anybody looks.
    """

    def __init__(self, console: Console, *, shown: bool) -> None:
        self._stream = console.err if shown and console.err.isatty() else None

    def show(self, progress: Progress) -> None:
        """Show how many pictures there are by now."""
        if self._stream is not None:
            self._stream.write(f"\rPicture {progress.frames} of {progress.expected}\x1b[K")
            self._stream.flush()

    def clear(self) -> None:
        """Leave the line empty."""
        if self._stream is not None:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def _document(made: Preview, out: Path) -> dict[str, Any]:
    """The preview as JSON has it."""
    return {
        "sheet": str(out) if made.pictures else None,
        "columns": made.columns,
        "pictures": [
            {
                "source": str(picture.source),
                "name": picture.name,
                "frame": picture.frame,
                "time": picture.time,
                "uncertainty": picture.uncertainty,
            }
            for picture in made.pictures
        ],
        "problems": made.problems,
        "frames": made.frames,
        "seconds": made.seconds,
    }
