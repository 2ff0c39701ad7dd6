"""Errors as users meet them: one line on stderr, an event for machines, and an exit status.

The status is 2 for what the command line names wrongly, and 1 for everything else.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, NoReturn

import typer

from kinemacolor.cli.console import Console
from kinemacolor.cli.early import STOPPED
from kinemacolor.engine.faults import Fault
from kinemacolor.engine.files import os_reason
from kinemacolor.models.errors import KinemacolorError, SettingsError, WeightsError

FAILED, WRONG_USAGE = 1, 2  # exit statuses
# Typer has no name of its own for what it raises of a wrong command line.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]


def exit_status(error: KinemacolorError) -> int:
    """2 for an option with a value that cannot be used, 1 for any other problem."""
    return WRONG_USAGE if isinstance(error, (SettingsError, WeightsError)) else 1


@contextmanager
def errors_as_lines() -> Iterator[None]:
    """Print an error that is raised within as one line, and exit.

    With --json on the command line, an event is printed on stdout as well; with --verbose, the
    traceback of what nobody has foreseen.

    Raises:
        SystemExit: with the error's status.
    """
    try:
        yield
    except KinemacolorError as error:
        option = "--model: " if isinstance(error, WeightsError) else ""
        facts = {"subject": error.subject, "problem": error.problem, "remedy": error.remedy}
        if not error.problem:
            facts |= {"subject": "", "problem": error.subject}
        _print(f"kinemacolor: {option}{error}", facts)
        raise SystemExit(exit_status(error)) from None
    except _UsageError as error:
        if not (message := _usage_message(error)):
            raise
        command = _command(error)
        remedy = f"see {command} --help"
        joined = f"{message} See {remedy[4:]}" if message.endswith("?") else f"{message}; {remedy}"
        _print(f"{command}: {joined}", {"subject": command, "problem": message, "remedy": remedy})
        raise SystemExit(WRONG_USAGE) from None
    except (KeyboardInterrupt, typer.Abort):
        raise SystemExit(STOPPED) from None
    except OSError as error:
        place = error.filename if isinstance(error.filename, str) else "kinemacolor"
        _fail(KinemacolorError(place, os_reason(error)), error)
    except MemoryError as error:
        _fail(KinemacolorError("kinemacolor", "this machine has not enough memory"), error)
    except Exception as error:
        if isinstance(error, typer.Exit):
            raise
        fault = Fault.of("the command", error, "please report it; --verbose prints the traceback")
        _fail(fault, error)


def _fail(known: KinemacolorError, error: Exception) -> NoReturn:
    """Print an error that nobody has foreseen, and exit."""
    if {"-v", "--verbose"} & set(sys.argv[1:]):
        traceback.print_exception(error)
    facts = {"subject": known.subject, "problem": known.problem, "remedy": known.remedy}
    _print(f"kinemacolor: {known}", facts)
    raise SystemExit(FAILED) from None


def _print(line: str, facts: dict[str, str]) -> None:
    console = Console()
    if "--json" in sys.argv[1:]:
        console.json({"event": "error", **facts})
    console.message(line)


def _command(error: Any) -> str:
    """The command whose line was wrong, such as "kinemacolor colorize"."""
    names: list[str] = []
    context = error.ctx
    while context is not None and context.parent is not None:
        names.insert(0, context.info_name)
        context = context.parent
    return " ".join(["kinemacolor", *names])


def _usage_message(error: Any) -> str:
    """What is wrong with a command line, in one line."""
    message = " ".join(error.format_message().split()).removesuffix(".")
    message = re.sub(r"('--[\w-]+')( / '-\w')", r"\1", message)  # one name of an option will do
    message = re.sub(r"Input should (.+?)(, unable to parse .+)?$", r"it should \1", message)
    found = re.fullmatch(r"(No such option: (\S+)) \(Possible options: (.+)\)", message)
    if found:
        names = {name.strip("-"): name for name in found[3].split(", ")}
        likely = get_close_matches(found[2].strip("-"), names, n=1)
        message = found[1] + (f". Did you mean {names[likely[0]]}?" if likely else "")
    return message


@contextmanager
def errors_as_wrong_usage() -> Iterator[None]:
    """Turn every KinemacolorError within into a SettingsError of one line, for exit status 2.

    For training and evaluation: what they cannot read or use, an option has named.
    """
    from kinemacolor.trainers.errors import one_line

    try:
        yield
    except KinemacolorError as error:
        raise SettingsError(one_line(error)) from error
