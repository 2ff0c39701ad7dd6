"""The documentation's pages, and what they say that can be checked against the tree."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "models/weights").glob("*.md")),
    ROOT / "trainers/EXPERIMENTS.md",
]
FOLDERS = ["engine", "models", "trainers", "kinemacolor", "benchmarks", "examples", "tests", "docs"]

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(rf"(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./-]*")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, empty where none is named, and its content."""

    language: str
    text: str


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str | None = None) -> list[Block]:
    """The page's fenced blocks, all or those of one language."""
    found = [Block(name, dedent(text)) for _, name, text in _FENCE.findall(text_of(page))]
    return [block for block in found if language is None or block.language == language]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", text_of(page))


def links(page: Path) -> list[str]:
    """Targets of links and images, those to the web left out."""
    return [target for target in _LINK.findall(prose(page)) if "://" not in target]


def code_spans(page: Path) -> list[str]:
    return _CODE.findall(prose(page))


def paths(page: Path) -> list[str]:
    """What inline code names of the tree's files and folders."""
    return [span for span in code_spans(page) if _PATH.fullmatch(span)]


def anchors(page: Path) -> set[str]:
    """The headings' anchors, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def shell_lines(page: Path) -> list[str]:
    """The lines of fenced blocks without a language, prompts left out and continuations joined."""
    found = [block.text.replace("\\\n", " ") for block in blocks(page, "")]
    return [line.removeprefix("$ ") for text in found for line in text.splitlines()]


def block_commands(page: Path, program: str) -> list[list[str]]:
    """The words after `program` in every command line of the page's blocks."""
    called = re.compile(rf"(?:.* -- )?{re.escape(program)} .*")
    return [_words(line, program) for line in shell_lines(page) if called.fullmatch(line)]


def refusals(page: Path) -> dict[tuple[str, ...], str]:
    """The lines that blocks print below commands which are refused, by their words."""
    lines = shell_lines(page)
    return {
        tuple(_words(line, "kinemacolor")): below
        for line, below in itertools.pairwise(lines)
        if line.startswith("kinemacolor ") and below.startswith("kinemacolor: ")
    }


def commands(page: Path, program: str) -> Iterator[list[str]]:
    """The same, and those of inline code before them."""
    for span in code_spans(page):
        if span.startswith(f"{program} "):
            yield _words(span, program)
    yield from block_commands(page, program)


def _words(line: str, program: str) -> list[str]:
    words = shlex.split(line, comments=True)
    begin = words.index(program.split()[0])
    return words[begin + len(program.split()) :]
