"""`kinemacolor shots`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinemacolor.cli.announcement import Output, announce
from kinemacolor.cli.console import Console
from kinemacolor.cli.options import EVERYDAY, KNOWN, Command, JsonDocument, expand_parameter
from kinemacolor.cli.settings_list import OPTIONS
from kinemacolor.cli.settings_options import make_settings
from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError, SettingsError

if TYPE_CHECKING:
    from kinemacolor.engine.jobs.reporting.progress import Progress
    from kinemacolor.engine.preview.shot_list import ListedShot, ShotList

_MOST_PLACES = 20
_NAMED = 3  # shots that are said to be the least sure
_COUNT = ("model", "working_size", "on_color", "salvage", "device", "precision")


def _with_some_settings(command: Command) -> Command:
    """Options in place of a command's `settings`: those that its shots depend on."""
    some = [option for option in OPTIONS if option.name in _COUNT]
    return expand_parameter(command, "settings", some, make_settings)


@_with_some_settings
def shots(
    film: Annotated[Path, typer.Argument(metavar="FILM", show_default=False, help="A film.")],
    *,
    guide: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What is known of its colours already, in a JSON file; shots are those after its "
            "edits.",
            show_default="the one beside it",
            rich_help_panel=KNOWN,
        ),
    ] = None,
    places: Annotated[
        int,
        typer.Option(
            metavar="N",
            help=f"Places of each shot to give a hint at, 0 to {_MOST_PLACES}.",
            rich_help_panel=EVERYDAY,
        ),
    ] = 5,
    settings: Settings,
    machine: JsonDocument = False,
) -> None:
    """List a film's shots, and where colours are least sure.

    Shots have the numbers by which a guide names them. Of each it says with which frame to begin,
    how far the network expects its colours to be off there (LAB units, on average over the
    picture), and at which places (x,y in pixels of the film as it is shown) a hint would help most.

    Exit status: 0 all well, 1 the film cannot be read, 2 wrong usage.

    Examples:
        Where to begin:
        $ kinemacolor shots reel.mp4
        More places of each shot:
        $ kinemacolor shots reel.mp4 --places 10
        For a program:
        $ kinemacolor shots reel.mp4 --json
    """
    if not 0 <= places <= _MOST_PLACES:
        raise SettingsError("--places", f"{places} is not possible", f"use 0 to {_MOST_PLACES}")
    console = Console()
    announce(settings, console, Output(quiet=machine))

    from kinemacolor.cli.progress import display  # after the first line: these take a while

    with closing(display(console, quiet=machine, machine=False)) as progress:
        found = _listed(film, settings, guide, places, progress)
    if machine:
        console.json(_document(film, found))
        return
    for note in found.notes:
        console.message(note)
    for line in _lines(found):
        console.result(line)


def _listed(
    film: Path, settings: Settings, guide: Path | None, places: int, progress: Progress
) -> ShotList:
    """The film's shots.

    Raises:
        KinemacolorError: it is no film, cannot be read, or its guide does not fit.
    """
    from kinemacolor.engine.jobs.planning.plan import make_plan
    from kinemacolor.engine.jobs.reporting.phases import Phase, Stage
    from kinemacolor.engine.media.kinds import Kind

    progress.enter(Phase(Stage.LOOKING))
    request = GuideRequest(file=guide.absolute() if guide else None)
    with tempfile.TemporaryDirectory(prefix="kinemacolor-") as empty:
        [*assets] = make_plan([film], f"{empty}/", settings, guide=request).assets
    if len(assets) != 1 or assets[0].kind is not Kind.FILM:
        raise KinemacolorError(film, "is not a film", "name one; stills have no shots")
    [asset] = assets
    if asset.problem:
        raise KinemacolorError(film, asset.problem)

    from kinemacolor.engine.preview.shot_list import list_shots  # loads PyTorch

    def on_shot(done: int, of: int) -> None:
        if done == 1:
            progress.enter(Phase(Stage.ASKING, film.name, Kind.FILM), of)
        progress.step(done, of)

    progress.enter(Phase(Stage.READING, film.name, Kind.FILM), asset.frames)
    try:
        return list_shots(asset.source, settings, asset.guide, places, progress.step, on_shot)
    except KinemacolorError as error:
        raise asset.origins.told(error) if asset.origins else error from error


def _lines(found: ShotList) -> Iterator[str]:
    """The table, and what to do first."""
    from kinemacolor.engine.times import clock

    head = ("shot", "frames", "from", "to", "begin at", "unsure", "hints at")
    rows = [head]
    for shot in found.shots:
        rows.append(
            (
                str(shot.number),
                f"{shot.start}-{shot.stop - 1}",
                clock(shot.begins),
                clock(shot.ends),
                str(shot.frame),
                _state(shot),
                " ".join(f"{x},{y}" for x, y in _pixels(shot, found.size)),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.rjust(width) for cell, width in zip(row[:-1], widths, strict=False))
        yield "  ".join((*cells, row[-1])).rstrip()
    if named := found.least_sure(_NAMED):
        numbers = ", ".join(str(shot.number) for shot in named)
        yield f"Least sure, and not guided: {'shots' if len(named) > 1 else 'shot'} {numbers}."


def _state(shot: ListedShot) -> str:
    """How unsure the network is, and what else there is to know."""
    if shot.blank:
        return "blank"
    if shot.in_color:
        return "in colour"
    unsure = "-" if shot.uncertainty is None else f"{shot.uncertainty:.1f}"
    return f"{unsure} guided" if shot.guided else unsure


def _pixels(shot: ListedShot, size: tuple[int, int]) -> list[tuple[int, int]]:
    """The shot's places in pixels of the film as it is shown."""
    return [(int(place.x * size[0]), int(place.y * size[1])) for place in shot.places]


def _document(film: Path, found: ShotList) -> dict[str, Any]:
    """The list as JSON has it."""
    width, height = found.size
    return {
        "film": str(film),
        "width": width,
        "height": height,
        "frames": found.shots[-1].stop,
        "seconds": found.shots[-1].ends,
        "shots": [
            {
                "shot": shot.number,
                "first": shot.start,
                "last": shot.stop - 1,
                "from": shot.begins,
                "to": shot.ends,
                "begin": {"frame": shot.frame, "time": shot.time},
                "blank": shot.blank,
                "in_color": shot.in_color,
                "guided": shot.guided,
                "uncertainty": shot.uncertainty,
                "places": [
                    {"x": x, "y": y, "uncertainty": place.error}
                    for (x, y), place in zip(_pixels(shot, found.size), shot.places, strict=True)
                ],
            }
            for shot in found.shots
        ],
        "least_sure": [shot.number for shot in found.least_sure(_NAMED)],
        "notes": list(found.notes),
    }
