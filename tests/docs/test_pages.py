"""What the documentation names is there: files, commands, options, modules, make targets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from kinemacolor.cli.main import app
from tests.docs import pages
from tests.docs.pages import PAGES, ROOT

MAX_README_LINES = 150

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def cli_options() -> dict[str, set[str]]:
    """Every subcommand's options; the program's own under the empty name."""
    group = typer.main.get_command(app)
    found = {name: options_of(command) for name, command in group.commands.items()}
    return found | {"": options_of(group)}


def options_of(command) -> set[str]:
    own = {option for p in command.params for option in (*p.opts, *p.secondary_opts)}
    return own | {"--help", "-h"}


def module_file(name: str) -> Path:
    path = ROOT.joinpath(*name.split("."))
    return path / "__main__.py" if path.is_dir() else path.with_suffix(".py")


def script_options(module: str) -> set[str]:
    """The options that a module gives to argparse."""
    text = module_file(module).read_text(encoding="utf-8")
    return set(re.findall(r'add_argument\(\s*"(--[\w-]+)"', text))


def options_in(words: list[str]) -> list[str]:
    return [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]


def test_the_readme_is_short():
    assert len(pages.text_of(ROOT / "README.md").splitlines()) <= MAX_README_LINES


def test_a_picture_is_in_the_first_screen():
    first = pages.text_of(ROOT / "README.md").splitlines()[:10]
    assert any(line.startswith("![") for line in first)


@each_page
def test_links_lead_somewhere(page):
    for link in pages.links(page):
        place, _, anchor = link.partition("#")
        target = page.parent / place if place else page
        assert target.exists(), link
        assert not anchor or anchor in pages.anchors(target), link


@each_page
def test_named_files_are_there(page):
    missing = [path for path in pages.paths(page) if not (ROOT / path).exists()]
    assert not missing


@each_page
def test_commands_and_their_options_exist(page):
    known = cli_options()
    for words in pages.commands(page, "kinemacolor"):
        if words[0] == "COMMAND":  # a placeholder
            continue
        command = "" if words[0].startswith("-") else words[0]
        assert command in known, words
        assert set(options_in(words)) <= known[command], words


@each_page
def test_modules_and_their_options_exist(page):
    for words in pages.commands(page, "python -m"):
        if words[0] in ("kinemacolor", "venv"):
            continue
        assert module_file(words[0]).is_file(), words
        assert set(options_in(words)) <= script_options(words[0]), words


@each_page
def test_options_named_alone_exist(page):
    modules = [f"{folder}.{path.stem}" for folder in ("benchmarks", "examples", "trainers")
               for path in (ROOT / folder).glob("*.py")]  # fmt: skip
    known = set().union(*cli_options().values(), *map(script_options, modules))
    named = [span.split()[0] for span in pages.code_spans(page) if span.startswith("--")]
    assert {option.partition("=")[0] for option in named} <= known


@each_page
def test_make_targets_exist(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    named = [span for span in pages.code_spans(page) if re.fullmatch(r"make [\w-]+", span)]
    lines = [block.text for block in pages.blocks(page) if block.language == ""]
    named += re.findall(r"^make [\w-]+", "\n".join(lines), re.MULTILINE)
    assert {name.removeprefix("make ") for name in named} <= targets


class TestTheChecksThemselves:
    """They find what is wrong with a page."""

    @pytest.fixture
    def page(self, tmp_path):
        path = tmp_path / "page.md"
        path.write_text(
            "# A page\n[a](missing.md) `engine/missing.py` `kinemacolor colorize --colour`\n"
            "```\nray job submit -- kinemacolor colorize a.mkv -o b  # --comment\n"
            "$ python -m benchmarks.missing --json x\n```\n"
        )
        return path

    def test_links(self, page):
        with pytest.raises(AssertionError):
            test_links_lead_somewhere(page)

    def test_files(self, page):
        with pytest.raises(AssertionError):
            test_named_files_are_there(page)

    def test_options(self, page):
        assert list(pages.commands(page, "kinemacolor")) == [
            ["colorize", "--colour"],
            ["colorize", "a.mkv", "-o", "b"],
        ]
        with pytest.raises(AssertionError):
            test_commands_and_their_options_exist(page)

    def test_modules(self, page):
        with pytest.raises(AssertionError):
            test_modules_and_their_options_exist(page)
