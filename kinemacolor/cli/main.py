"""The command `kinemacolor`, composed of its subcommands; each loads what it needs when called."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import Annotated

import typer

from kinemacolor._version import __version__
from kinemacolor.cli.bench import bench
from kinemacolor.cli.colorize import colorize
from kinemacolor.cli.compile import compile_network
from kinemacolor.cli.console import Console
from kinemacolor.cli.early import begin, end
from kinemacolor.cli.errors import errors_as_lines
from kinemacolor.cli.evaluate import evaluate
from kinemacolor.cli.grouped_help import GroupedCommand, GroupedCommands
from kinemacolor.cli.jobs import clean, resume, retry, status
from kinemacolor.cli.library_output import library_output_hidden
from kinemacolor.cli.models import models
from kinemacolor.cli.pack import pack
from kinemacolor.cli.plan import plan
from kinemacolor.cli.preview import preview
from kinemacolor.cli.ray_options import RayCommand
from kinemacolor.cli.shots import shots
from kinemacolor.cli.train import train
from kinemacolor.cli.train_help import TrainCommand
from kinemacolor.engine.process import tune_process

app = typer.Typer(
    name="kinemacolor",
    cls=GroupedCommands,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        Console().result(f"kinemacolor {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            "-V",
            is_eager=True,
            callback=_print_version,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """Colour black-and-white films and photographs in bulk, and keep their lightness as it is.

    Examples:
        A look first, at a few frames of a film before and after:
        $ kinemacolor preview reel.mp4 -o sheet.png
        Colour a film:
        $ kinemacolor colorize reel.mp4 -o coloured.mp4
        Colour a folder of films and photos with everything in it:
        $ kinemacolor colorize reels -o reels-coloured/
    """
    if context.invoked_subcommand is None:
        Console().out.line(context.get_help())


app.command(rich_help_panel="Colour", cls=RayCommand)(colorize)
app.command(rich_help_panel="Colour", cls=GroupedCommand)(preview)
app.command(rich_help_panel="Colour", cls=GroupedCommand)(shots)
app.command(rich_help_panel="Colour", cls=GroupedCommand)(plan)
app.command(rich_help_panel="Colour", cls=GroupedCommand)(bench)
app.command(rich_help_panel="Jobs", cls=GroupedCommand)(status)
app.command(rich_help_panel="Jobs", cls=RayCommand)(resume)
app.command(rich_help_panel="Jobs", cls=RayCommand)(retry)
app.command(rich_help_panel="Jobs", cls=GroupedCommand)(clean)
app.command(rich_help_panel="Networks", cls=GroupedCommand)(models)
app.command("compile", rich_help_panel="Networks", cls=GroupedCommand)(compile_network)
app.command(rich_help_panel="Train", cls=TrainCommand)(train)
app.command(rich_help_panel="Train", cls=GroupedCommand)(evaluate)
app.command(rich_help_panel="Train", cls=GroupedCommand)(pack)


def _typer_answers() -> bool:
    """Whether help is asked for, or by a shell what may follow: Typer prints it past `Console`."""
    options = {"-h", "--help", "--show-completion", "--install-completion"}
    asked = options & set(sys.argv[1:])
    return bool(asked) or "_KINEMACOLOR_COMPLETE" in os.environ


def main() -> None:
    """Run the command; any problem is one line on stderr and an exit status."""
    begin()
    tune_process()
    # A training tells of itself what its libraries know; who asks for reasons wants all of them.
    shown = {"-v", "--verbose"} & set(sys.argv[1:]) or "train" in sys.argv[1:2] or _typer_answers()
    try:
        with nullcontext() if shown else library_output_hidden(), errors_as_lines():
            raise SystemExit(app(standalone_mode=False))
    finally:
        end()
