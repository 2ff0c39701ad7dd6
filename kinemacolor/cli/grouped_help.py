"""Plain-text help in which options and commands stand in groups.

Typer groups by `rich_help_panel` only where Rich draws the help, which triples the start-up time
and puts boxes into pipes. These classes read the same attribute and write plain text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup

_NAME_COLUMN = 28  # characters; longer names have their text on the next line

Row = tuple[str, str]

# Typer's contexts, formatters and parameters are Click's or a copy of them, depending on Typer's
# release, so that their classes cannot be named: hence `Any`.


class GroupedCommand(TyperCommand):
    """A command whose options are listed under the headings of their `rich_help_panel`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The words of the usage line, arguments by their metavar alone."""
        return ["[OPTIONS]", *(_usage(param) for param in _arguments(self.get_params(ctx)))]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options."""
        _write_groups(formatter, _parameter_rows(self.get_params(ctx), ctx))


class GroupedCommands(TyperGroup):
    """A command group whose commands are listed under the headings of their `rich_help_panel`."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write commands, then options."""
        commands = [
            (command.rich_help_panel or "Commands", (name, command.get_short_help_str(limit=64)))
            for name, command in self.commands.items()
            if isinstance(command, TyperCommand) and not command.hidden
        ]
        _write_groups(formatter, [*commands, *_parameter_rows(self.get_params(ctx), ctx)])


def _parameter_rows(params: Iterable[Any], ctx: Any) -> list[tuple[str, Row]]:
    """The heading, name and text of every visible parameter."""
    rows = []
    for param in params:
        record = param.get_help_record(ctx)
        if record is None:
            continue
        name, text = record
        if param.param_type_name == "argument":
            rows.append(("Arguments", (param.metavar or name, text)))
        else:
            rows.append((getattr(param, "rich_help_panel", None) or "Options", (name, text)))
    return rows


def _write_groups(formatter: Any, rows: Iterable[tuple[str, Row]]) -> None:
    """Write rows by heading, in the order of first appearance, all in the same columns."""
    groups: dict[str, list[Row]] = {}
    for heading, row in rows:
        groups.setdefault(heading, []).append(row)
    names = [name for group in groups.values() for name, _ in group]
    width = max((len(name) for name in names if len(name) <= _NAME_COLUMN), default=0)
    for heading, group in groups.items():
        with formatter.section(heading):
            formatter.write_dl([(name.ljust(width), text) for name, text in group], col_max=width)


def _arguments(params: Iterable[Any]) -> list[Any]:
    return [param for param in params if param.param_type_name == "argument"]


def _usage(argument: Any) -> str:
    """An argument in the usage line: NAME, NAME... or [NAME]."""
    name = (argument.metavar or argument.name.upper()) + ("..." if argument.nargs != 1 else "")
    return name if argument.required else f"[{name}]"
