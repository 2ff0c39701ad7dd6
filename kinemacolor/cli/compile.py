"""`kinemacolor compile`."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated

import typer

from kinemacolor.cli.announcement import Output, announce
from kinemacolor.cli.completion import complete, complete_models
from kinemacolor.cli.console import Console
from kinemacolor.cli.options import MACHINE, DeviceName, JsonLines
from kinemacolor.cli.setting_option import DEFAULTS
from kinemacolor.cli.settings_options import make_settings
from kinemacolor.engine.settings import BACKENDS, PRECISIONS
from kinemacolor.models.errors import SettingsError


def compile_network(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A network that has weights, or a weights file.",
            autocompletion=complete_models,
        ),
    ] = DEFAULTS.model,
    *,
    size: Annotated[
        list[str],
        typer.Option(
            metavar="WIDTHxHEIGHT",
            help="Size of the films to come, in pixels; stills are all common sizes of stills. May "
            "be repeated.",
        ),
    ] = ["640x480", "1920x1080"],  # noqa: B006  (Typer only reads it)
    working_size: Annotated[
        int,
        typer.Option(
            metavar="PIXELS",
            help="Short side of the reduced picture that the network sees, as `kinemacolor "
            "colorize` has it.",
        ),
    ] = DEFAULTS.working_size,
    device: DeviceName = DEFAULTS.device,
    backend: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=f"What runs the network: {', '.join(BACKENDS)}. auto is each that colouring may "
            "choose, of which it then takes the fastest; eager, which is plain PyTorch, needs no "
            "compiling.",
            autocompletion=complete(BACKENDS),
            rich_help_panel=MACHINE,
        ),
    ] = DEFAULTS.backend,
    precision: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            autocompletion=complete(PRECISIONS),
            help=f"The network's arithmetic: {', '.join(PRECISIONS)}. auto is the "
            "backend's choice.",
            rich_help_panel=MACHINE,
        ),
    ] = DEFAULTS.precision,
    machine: JsonLines = False,
) -> None:
    """Compile a network ahead of time, for films and stills.

    Compiled code is compared with eager float32 before it is kept, in $KINEMACOLOR_CACHE or in the
    platform's folder for caches. Prints what was built, how far its colours are off (mean and 99th
    percentile, ab units), how long it took and where it is.

    Exit status: 0 all well, 1 colours are wrong and the code will not be used, 2 wrong usage.

    Examples:
        For the commonest sizes of films:
        $ kinemacolor compile
        For thousands of photos:
        $ kinemacolor compile --size stills
        With a backend of your choice:
        $ kinemacolor compile kinema --size 720x576 --backend openvino
    """
    settings = make_settings(
        model=model, backend=backend, precision=precision, working_size=working_size, device=device
    )
    console, refused = Console(), False
    announce(settings, console, Output(quiet=machine))
    from kinemacolor.engine.backends.precompile import compile_ahead  # after the first line

    shapes = dict.fromkeys(shape for text in size for shape in _shapes(text, working_size))
    for built in compile_ahead(settings, list(shapes)):
        refused |= bool(built.problem)
        if machine:
            console.json({**asdict(built), "place": str(built.place)})
        else:
            console.result(built.line())
    raise typer.Exit(int(refused))


def _shapes(size: str, working_size: int) -> tuple[tuple[int, int], ...]:
    """Heights and widths at which the network sees what a --size stands for.

    Raises:
        SettingsError: it is not a size.
    """
    from kinemacolor.engine.color.geometry import common_shapes, working_shape

    if size == "stills":
        return common_shapes(working_size)
    match = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)", size)
    if match is None:
        remedy = "use WIDTHxHEIGHT, such as 640x480, or stills"
        raise SettingsError("--size", f"{size!r} is no size", remedy)
    return (working_shape(int(match[2]), int(match[1]), working_size),)
