"""British spellings of options are taken, and are not in the help."""

import pytest
from typer.testing import CliRunner

from kinemacolor.cli.main import app
from kinemacolor.cli.spelling import in_american


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        (["--on-colour", "recolour"], ["--on-color", "recolor"]),
        (["--on-color", "recolour"], ["--on-color", "recolor"]),
        (["--on-colour=recolour", "x"], ["--on-color=recolor", "x"]),
        (["--on-colour", "keep"], ["--on-color", "keep"]),
        (["recolour", "-o", "recolour"], ["recolour", "-o", "recolour"]),
        (["--", "--on-colour", "recolour"], ["--", "--on-colour", "recolour"]),
    ],
)
def test_words_of_a_command_line(words, taken):
    assert in_american(words) == taken


def test_only_one_is_shown():
    shown = CliRunner().invoke(app, ["colorize", "--help"]).output
    assert "--on-color " in shown and "--on-colour" not in shown
    assert "recolor" in shown and "recolour" not in shown


def test_a_command_takes_it(tmp_path):
    words = ["plan", "absent.png", "--on-colour", "recolour"]
    assert "on-colour" not in CliRunner().invoke(app, words).output
