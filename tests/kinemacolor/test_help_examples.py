"""Every example of every command's help runs, on small files."""

from __future__ import annotations

import glob
import shlex
import zipfile
from pathlib import Path

import cv2
import pytest
import typer.main
from typer.testing import CliRunner

from kinemacolor.cli.examples import split_examples
from kinemacolor.cli.main import app
from kinemacolor.models.cost import cost
from tests.engine.media.video.films import make_film
from tests.engine.tint import pan, write_grey
from tests.engine.tint import photo as grey_photo
from tests.trainers.conftest import photo as color_photo

PROGRAM = typer.main.get_command(app)
EXAMPLES = {
    name: split_examples(command.help)[1]
    for name, command in {"kinemacolor": PROGRAM, **PROGRAM.commands}.items()
}
OF_JOBS = ("status", "resume", "retry", "clean")
# A run of a few steps in place of one of hours: the options of the example come first.
SMALLER = {
    "train": ["--size", "32", "--batch", "2", "--steps", "1"],
    "bench": ["--quick", "--size", "64x48"],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The files that the examples name, in the current folder."""
    folder = tmp_path
    monkeypatch.chdir(folder)
    make_film(folder / "reel.mp4")
    (folder / "reels").mkdir()
    write_grey(folder / "reels/oldest.mkv", pan(4))
    make_film(folder / "reels/street.mp4")
    cv2.imwrite(str(folder / "photo.jpg"), grey_photo(48, 64))
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        for name in ("one.jpg", "two.jpg"):
            archive.write(folder / "photo.jpg", name)
    (folder / "photos").mkdir()
    for number in range(4):
        path = folder / f"photos/{number}.png"
        cv2.imwrite(str(path), color_photo(number))
    return folder


def invoke(*words: str) -> None:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, (result.output, result.exception)


def once(count):
    """A function of a network and a size that counts every network once."""
    known = {}

    def counted(variant, size):
        if variant.name not in known:
            known[variant.name] = count(variant, size)
        return known[variant.name]

    return counted


def compiled(settings, shapes):
    """In place of a compiler: what it is asked for can be compiled."""
    assert shapes and settings.backend in ("auto", "openvino")
    from kinemacolor.engine.backends.precompile import CompileReport

    place = Path("cache")
    for shape in shapes:
        yield CompileReport("openvino", "fp32", shape, 0.1, 0.4, "", 46.3, 60.0, True, place)


@pytest.mark.parametrize("command", EXAMPLES)
class TestExamples:
    def test_there_are_three_within_80_columns(self, command):
        examples = EXAMPLES[command]
        assert len(examples) == 3
        for example in examples:
            assert shlex.split(example.line)[0] == "kinemacolor"
            assert command in (shlex.split(example.line)[1], "kinemacolor")
            assert len(example.line) <= 76 and example.purpose.endswith(":")

    def test_all_run(self, command, folder, monkeypatch):
        if command == "models":  # counts operations of all networks, each time
            monkeypatch.setattr("kinemacolor.models.cost.cost", once(cost))
        if command == "compile":  # minutes for each size
            monkeypatch.setattr("kinemacolor.engine.backends.precompile.compile_ahead", compiled)
        for example in EXAMPLES[command]:
            needs_job = command in OF_JOBS or "status" in example.line
            if needs_job and not (folder / "coloured/.kinemacolor").exists():
                invoke("colorize", "photos.zip", "reels", "-o", "coloured/", "--overwrite")
            words = [word for text in shlex.split(example.line)[1:] for word in expanded(text)]
            invoke(*words, *SMALLER.get(command, ()))


def expanded(word: str) -> list[str]:
    """A word as a shell hands it on."""
    return sorted(glob.glob(word)) if "*" in word else [word]
