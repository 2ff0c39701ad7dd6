"""The command lines of the documentation are run, or at least understood.

Those of the pages for users run in order, page by page, in a folder with the files that they name;
the network is one that needs no weights. Training, compiling, measuring and Ray, which take long or
have tests of their own, are parsed with all their values.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer.main
from typer.testing import CliRunner

import kinemacolor.engine.pipeline.worker
import kinemacolor.engine.preview.shot_list
from kinemacolor.cli.main import app
from kinemacolor.models.weights import Loaded, identify
from tests.docs import pages
from tests.docs.pages import PAGES, ROOT
from tests.engine.media.video.films import make_film
from tests.engine.tint import Tint, photo

RUN = [
    ROOT / "README.md",
    ROOT / "docs/cli.md",
    ROOT / "docs/guided-color.md",
    ROOT / "docs/archives.md",
]
PARSED = {"train", "evaluate", "pack", "compile", "bench"}
PROGRAMS = ("kinemacolor ", "python", "make ", "pip ", "ffmpeg ", "ray ")
LONG = 95  # seconds of the reel that excerpts are cut from


def only_parsed(words: list[str]) -> bool:
    return words[0] in PARSED or "--ray" in words


def understood(words: list[str]) -> None:
    """Have the program parse a command line, without doing what it says."""
    program = typer.main.get_command(app)
    name, *rest = words
    program.commands[name].make_context(
        name, rest, parent=program.make_context("kinemacolor", words)
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with all files that the pages name; `/archive` is in it, too."""
    reels, archive = tmp_path / "reels", tmp_path / "archive"
    for place in (reels, archive / "reels", archive / "1923"):
        place.mkdir(parents=True)
    make_film(tmp_path / "reel.mkv", frames=LONG, rate=1)
    for film in (reels / "oldest.mkv", archive / "1923/street.mkv"):
        make_film(film)
    make_film(tmp_path / "reel.mov", codec="libx264", pix_fmt="yuv420p")
    make_film(archive / "reels/reel.mkv", codec="libx264", pix_fmt="gray", frames=LONG, rate=1)
    (archive / "reels/notes.txt").write_text("Found in the attic.\n")
    cv2.imwrite(str(tmp_path / "photo.jpg"), photo(48, 64))
    red = np.full((48, 64, 3), (40, 60, 160), np.uint8)
    cv2.imwrite(str(tmp_path / "frame40.png"), red)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as packed:
        packed.write(tmp_path / "photo.jpg", "photo.jpg")
    monkeypatch.chdir(tmp_path)
    tint = Loaded(Tint, *identify("kinema"), {})  # passes for the default network
    for module in (kinemacolor.engine.pipeline.worker, kinemacolor.engine.preview.shot_list):
        monkeypatch.setattr(module, "load", lambda _: tint)
    return tmp_path


def within(folder: Path, words: list[str]) -> list[str]:
    """Words with absolute paths moved into a folder."""
    return [f"{folder}{word}" if word.startswith("/") else word for word in words]


def run(words: list[str], refused: str | None = None) -> None:
    result = CliRunner().invoke(app, words)
    if refused is None:
        assert result.exit_code == 0, (words, result.output, result.exception)
    else:
        assert refused == f"kinemacolor: {result.exception}"


@pytest.mark.timeout(1800)  # a page's commands one after the other, on machines that are slow, too
@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_runs(page, folder):
    lines = pages.block_commands(page, "kinemacolor")
    assert lines
    refused = pages.refusals(page)
    for words in lines:
        if not only_parsed(words):
            run(within(folder, words), refused.get(tuple(words)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_is_understood(page):
    for words in pages.block_commands(page, "kinemacolor"):
        if page not in RUN or only_parsed(words):
            understood(words)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="FFmpeg's command is not installed")
def test_masters_are_checked_as_the_page_says(folder):
    """The lines for FFmpeg, after the commands that make what they read."""
    page = ROOT / "docs/archives.md"
    for line in pages.shell_lines(page):
        if line.startswith("kinemacolor"):
            words = shlex.split(line)[1:]
            if words[0] == "colorize" and "/masters/reels" in words:
                run(within(folder, words))
        elif line:
            moved = line.replace(" /", f" {folder}/")
            done = subprocess.run(
                ["bash", "-o", "pipefail", "-ec", moved], capture_output=True, text=True
            )
            assert done.returncode == 0 and not done.stdout, (line, done.stdout, done.stderr)
    assert len((folder / "now.txt").read_text().splitlines()) == LONG
    assert len((folder / "scan.txt").read_text().splitlines()) > LONG  # a head is above the sums


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_are_shell(page):
    """No block has a slip in its quotes or its operators."""
    for block in pages.blocks(page, ""):
        if not block.text.startswith(PROGRAMS):
            continue
        done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True)
        assert done.returncode == 0, (block.text, done.stderr)


class TestTheChecksThemselves:
    """They find what is wrong with a command line."""

    @pytest.mark.parametrize(
        "words",
        [
            ["colorize", "reel.mkv"],  # no --out
            ["colorize", "reel.mkv", "-o", "out", "--saturation", "strong"],
            ["train", "kinema", "--out", "run", "--batch", "many"],
        ],
    )
    def test_parsing(self, words):
        with pytest.raises(Exception, match=r"Missing|valid"):
            understood(words)

    def test_running(self, folder):
        with pytest.raises(AssertionError, match="is not possible"):
            run(["colorize", "reel.mkv", "-o", "out/", "--saturation", "9"])
