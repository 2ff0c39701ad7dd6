"""The examples at the end of a command's help, which are the end of its docstring.

Examples:
    Colour a film:
    $ kinemacolor colorize reel.mp4 -o coloured/
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass

_HEADING = "\nExamples:\n"


@dataclass(frozen=True)
class Example:
    """One line for a shell.

    Args:
        purpose: what it is for, in a few words that end in a colon.
        line: the line.
    """

    purpose: str
    line: str


def split_examples(docstring: str | None) -> tuple[str, list[Example]]:
    """A command's docstring without its examples, and the examples."""
    text, _, listed = inspect.cleandoc(docstring or "").partition(_HEADING)
    examples: list[Example] = []
    words: list[str] = []
    for line in map(str.strip, listed.splitlines()):
        if line.startswith("$ "):
            examples.append(Example(" ".join(words), line.removeprefix("$ ")))
            words = []
        elif line:
            words.append(line)
    return text.rstrip(), examples
