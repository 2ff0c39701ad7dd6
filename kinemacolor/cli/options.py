"""Options that several commands share, and how a group of them becomes one parameter."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any

import typer

from kinemacolor.cli.completion import complete
from kinemacolor.engine.settings import DEVICES
from kinemacolor.engine.times import parse_time

Command = Callable[..., None]

# Headings of the help, in its order.
EVERYDAY, PICTURE, FILE, MACHINE = "Everyday", "Picture", "Files", "Machine"
KNOWN = "Colours that are known"
CLUSTER, REPORTING = "Ray cluster (needs --ray)", "Reporting"

Sources = Annotated[
    list[Path],
    typer.Argument(
        metavar="SOURCE",
        show_default=False,
        help="Films, stills, .zip and .tar[.gz|.xz|.bz2] archives, and folders of them.",
    ),
]
JobFolder = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER", show_default=False, help="Folder of the results, or of one job's records."
    ),
]
JsonLines = Annotated[
    bool,
    typer.Option("--json", help="Print events as JSON lines on stdout.", rich_help_panel=REPORTING),
]
JsonDocument = Annotated[
    bool,
    typer.Option("--json", help="Print the result as JSON on stdout.", rich_help_panel=REPORTING),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print failures only.", rich_help_panel=REPORTING),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Print reasons, too: what runs the network, and why nothing else does.",
        rich_help_panel=REPORTING,
    ),
]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        show_default=False,
        help="Write the result to this JSON file, too.",
        rich_help_panel=REPORTING,
    ),
]
DeviceName = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="NAME",
        help="auto (a GPU where there is one), cpu, cuda or cuda:N.",
        autocompletion=complete(DEVICES),
        rich_help_panel=MACHINE,
    ),
]


def option(name: str, kind: Any, default: object, text: str, *words: str, **more: Any) -> Parameter:
    """An option as a keyword parameter that Typer understands.

    Args:
        name: of the parameter.
        kind: its type.
        default: its value where the option is not given.
        text: its help.
        words: its names on the command line; without any, Typer derives one from `name`.
        more: `typer.Option`'s keywords.
    """
    annotation = Annotated[kind, typer.Option(*words, help=text, **more)]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def expand_parameter(
    command: Command, name: str, options: Sequence[Parameter], make: Callable[..., object]
) -> Command:
    """Replace one parameter of a command by options, for Typer, which reads signatures.

    Args:
        command: with a parameter `name`, whose place in the help the options take.
        name: of the parameter.
        options: in its place.
        make: is called with the options' values by name, and gives the parameter's value.
    """
    signature = inspect.signature(command, eval_str=True)
    own = list(signature.parameters.values())
    at = [parameter.name for parameter in own].index(name)
    parameters = [
        parameter.replace(kind=Parameter.KEYWORD_ONLY)
        for parameter in (*own[:at], *options, *own[at + 1 :])
    ]

    @wraps(command)
    def run(**values: Any) -> None:
        given = {option.name: values.pop(option.name) for option in options}
        command(**values, **{name: make(**given)})

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def time_option(value: str | float) -> float:
    """A time on the command line or from a settings file, in seconds.

    Raises:
        typer.BadParameter: it is no time.
    """
    try:
        return value if isinstance(value, float) else parse_time(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
