"""The man page has the texts of the help, in troff that groff reads without a warning."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import typer.main

from kinemacolor.cli.main import app
from kinemacolor.cli.man_page import man_page
from tests.kinemacolor.program import ROOT
from tests.kinemacolor.test_surface import python, told, words

MACROS = {".TH", ".nh", ".ad", ".SH", ".SS", ".PP", ".TP", ".B"}


@pytest.fixture(scope="module")
def page() -> str:
    return man_page()


def test_has_every_commands_text_options_and_examples(page):
    said = words(page.replace(r"\-", "-").replace(r"\fB", "").replace(r"\fR", "")) + " "
    program = typer.main.get_command(app)
    for name, command in program.commands.items():
        assert f'.SS "kinemacolor {name} [OPTIONS]' in said
        help_text = told(name, "--help")
        for option in re.findall(r"^  (-.*?)(?:  .*)?$", help_text, re.MULTILINE):
            assert f" {option} " in said, option
        for example in re.findall(r"^    (kinemacolor .*)$", help_text, re.MULTILINE):
            assert f" {example} " in said, example
        assert words(command.help.partition("\n\n")[0]) in said


def test_only_macros_begin_with_a_dot(page):
    begun = {line.split()[0] for line in page.splitlines() if line[0] in ".'"}
    assert begun == MACROS
    assert not re.search(r"(?<!\\)-", page.partition("\n.SH SYNOPSIS")[2])


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff")
def test_groff_finds_no_fault(page):
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8"], input=page, capture_output=True, text=True, check=True
    )
    assert done.stderr == "" and "KINEMACOLOR(1)" in done.stdout


def test_make_writes_it(tmp_path, page):
    assert "kinemacolor.cli.man_page build/man/kinemacolor.1" in (ROOT / "Makefile").read_text()
    target = tmp_path / "man/kinemacolor.1"
    python("-m", "kinemacolor.cli.man_page", str(target))
    assert target.read_text() == page
