"""The man page, made of the texts of `--help`: `python -m kinemacolor.cli.man_page FILE`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer.main

from kinemacolor._version import __version__
from kinemacolor.cli.examples import Example, split_examples
from kinemacolor.cli.grouped_help import GroupedCommand, GroupedCommands, Row, parameter_groups
from kinemacolor.cli.main import app


def man_page() -> str:
    """The page of the program and all its commands, as troff with the macros of man(7)."""
    program = typer.main.get_command(app)
    assert isinstance(program, GroupedCommands)
    context = program.context_class(program, info_name="kinemacolor", **program.context_settings)
    text, examples = split_examples(program.help)
    purpose = text[0].lower() + text[1:].splitlines()[0].rstrip(".")
    lines = [
        f'.TH KINEMACOLOR 1 "" "kinemacolor {__version__}" "User Commands"',
        *(".nh", ".ad l"),  # no hyphenation, no spaces between words that one types
        *(".SH NAME", f"kinemacolor \\- {_plain(purpose)}"),
        *(".SH SYNOPSIS", ".B kinemacolor", r"\fICOMMAND\fR [\fIOPTIONS\fR] ..."),
        *(".SH DESCRIPTION", *_paragraphs(text), ".SH OPTIONS"),
    ]
    for rows in parameter_groups(program, context).values():
        lines += _listed(rows)
    lines += [".SH EXAMPLES", *_examples(examples), ".SH COMMANDS"]
    for name, command in program.commands.items():
        assert isinstance(command, GroupedCommand)
        lines += _command(name, command, context)
    return "\n".join(lines) + "\n"


def _command(name: str, command: GroupedCommand, parent: Any) -> list[str]:
    """The subsection of a command."""
    context = command.context_class(command, info_name=name, parent=parent)
    text, examples = split_examples(command.help)
    usage = " ".join([f"kinemacolor {name}", *command.collect_usage_pieces(context)])
    lines = [f'.SS "{_plain(usage)}"', *_paragraphs(text)]
    for heading, rows in parameter_groups(command, context).items():
        lines += [".PP", rf"\fI{_plain(heading)}\fR", *_listed(rows)]
    return [*lines, ".PP", r"\fIExamples\fR", *_examples(examples)]


def _paragraphs(text: str) -> list[str]:
    lines = []
    for paragraph in text.split("\n\n"):
        lines += [".PP", _plain(" ".join(paragraph.split()))]
    return lines


def _listed(rows: Iterable[Row]) -> list[str]:
    """Options or arguments, each with its text below it."""
    lines = []
    for name, text in rows:
        lines += [".TP", rf"\fB{_plain(name)}\fR", _plain(text)]
    return lines


def _examples(examples: Iterable[Example]) -> list[str]:
    lines = []
    for example in examples:
        lines += [".TP", _plain(example.purpose), rf"\fB{_plain(example.line)}\fR"]
    return lines


def _plain(text: str) -> str:
    """Text in which nothing is a command of troff; hyphens are those that one types."""
    text = " ".join(text.replace("\xa0", " ").split())
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^(?=[.'])", r"\&", text)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(man_page(), encoding="utf-8")
