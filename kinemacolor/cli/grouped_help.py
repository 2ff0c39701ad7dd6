"""Commands with plain-text help: options and commands stand in groups, examples at the end.

Typer groups by `rich_help_panel` only where Rich draws the help, which triples the start-up time
and puts boxes into pipes. These classes read the same attribute and write plain text. Commands with
a job's options take defaults of those from `job_defaults`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup

from kinemacolor.cli.examples import split_examples
from kinemacolor.cli.job_defaults import job_defaults
from kinemacolor.cli.options import CLUSTER, EVERYDAY, FILE, KNOWN, MACHINE, PICTURE, REPORTING
from kinemacolor.cli.spelling import in_american
from kinemacolor.models.errors import SettingsError

_NAME_COLUMN = 28  # characters; longer names have their text on the next line
_HELP = "Help"
_MAY_BE_EMPTY = ("--suffix", "--frames")
_UNBROKEN = 32  # characters of a default that stays on one line
_JOINT = "\xa0"  # a space at which no line is broken
_FIRST = ("Arguments", EVERYDAY, KNOWN, PICTURE, FILE)  # before groups that are a command's own
_LAST = (MACHINE, CLUSTER, REPORTING, _HELP)

Row = tuple[str, str]
Groups = dict[str, list[Row]]

# Typer's contexts, formatters and parameters are Click's or a copy of them, depending on Typer's
# release, so that their classes cannot be named: hence `Any`.


class GroupedCommand(TyperCommand):
    """A command whose options are listed under the headings of their `rich_help_panel`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line, with the defaults that --for and a settings file give.

        Raises:
            SettingsError: a word of it is empty, as where a variable of a script is not set.
        """
        _refuse_empty(args)
        args = in_american(args)
        ctx.default_map = job_defaults(self, ctx, args)
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The words of the usage line, arguments by their metavar alone."""
        return ["[OPTIONS]", *(_usage(param) for param in _arguments(self.get_params(ctx)))]

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what the command does."""
        _write_text(formatter, self.help)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options."""
        _write_groups(formatter, parameter_groups(self, ctx))

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        _write_examples(formatter, self.help)


class GroupedCommands(TyperGroup):
    """A command group whose commands are listed under the headings of their `rich_help_panel`."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what the program does."""
        _write_text(formatter, self.help)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write commands, then options."""
        groups: Groups = {}
        for name, command in self.commands.items():
            if isinstance(command, TyperCommand) and not command.hidden:
                heading = command.rich_help_panel or "Commands"
                groups.setdefault(heading, []).append((name, command.get_short_help_str(limit=64)))
        options = [row for rows in parameter_groups(self, ctx).values() for row in rows]
        _write_groups(formatter, groups | {"Options": options})

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples."""
        _write_examples(formatter, self.help)


def parameter_groups(command: Any, ctx: Any) -> Groups:
    """Names and texts of a command's visible parameters, by heading, in the order of the help."""
    groups: Groups = {}
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record is None:
            continue
        name, text = record
        if param.param_type_name == "argument":
            heading, name = "Arguments", param.metavar or name
        elif "--help" in param.opts:
            heading, text = _HELP, "Show this text and exit."
        else:
            heading = getattr(param, "rich_help_panel", None) or EVERYDAY
        groups.setdefault(heading, []).append((name, _in_words(text)))
    own = [heading for heading in groups if heading not in (*_FIRST, *_LAST)]
    return {heading: groups[heading] for heading in (*_FIRST, *own, *_LAST) if heading in groups}


def _in_words(text: str) -> str:
    """A parameter's text with its default as one would type it, and its range in words.

    "[default: (all)]" becomes "[default: all]"; "[default: 1.0; x>=1]", "1 or more.  [default: 1]".
    """
    text = re.sub(r"\[default: \((.*)\)([];])", r"[default: \1\2", text)
    text = re.sub(r"\[default: (-?\d+)\.0([];])", r"[default: \1\2", text)
    words, _, extra = text.partition("  [")
    kept = []
    for part in extra.removesuffix("]").split("; ") if extra else ():
        match = re.fullmatch(r"(?:([\d.]+)<=)?x(?:[<>]=([\d.]+))?", part)
        if match is None:
            kept.append(part)
        else:
            low, high = match.groups()
            words += f" {low} to {high}." if low else f" {high} or more."
    shown = f"[{'; '.join(kept)}]"
    if len(shown) <= _UNBROKEN:
        shown = shown.replace(" ", _JOINT)
    return f"{words}  {shown}" if kept else words


def _refuse_empty(words: list[str]) -> None:
    """Refuse empty words, which would be taken for the current folder."""
    for before, word in zip(["", *words], words, strict=False):
        option, equals, value = word.partition("=")
        if word and not (equals and not value and option.startswith("--")):
            continue
        name = option if equals else before if before.startswith("-") else "a file or folder"
        if name not in _MAY_BE_EMPTY:
            raise SettingsError(name, "is empty", "give a name, or leave it out")


def _write_text(formatter: Any, docstring: str | None) -> None:
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(split_examples(docstring)[0])


def _write_groups(formatter: Any, groups: Groups) -> None:
    """Write rows under their headings, all in the same columns."""
    names = [name for rows in groups.values() for name, _ in rows]
    width = max((len(name) for name in names if len(name) <= _NAME_COLUMN), default=0)
    for heading, rows in groups.items():
        with formatter.section(heading):
            formatter.write_dl([(name.ljust(width), text) for name, text in rows], col_max=width)
    formatter.buffer[:] = [part.replace(_JOINT, " ") for part in formatter.buffer]


def _write_examples(formatter: Any, docstring: str | None) -> None:
    examples = split_examples(docstring)[1]
    if not examples:
        return
    with formatter.section("Examples"):
        for example in examples:
            formatter.write_text(example.purpose)
            formatter.write(f"{'':{formatter.current_indent + 2}}{example.line}\n")


def _arguments(params: Iterable[Any]) -> list[Any]:
    return [param for param in params if param.param_type_name == "argument"]


def _usage(argument: Any) -> str:
    """An argument in the usage line: NAME, NAME... or [NAME]."""
    name = (argument.metavar or argument.name.upper()) + ("..." if argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"
