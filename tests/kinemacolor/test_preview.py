"""`kinemacolor preview` and `kinemacolor.preview`: what is shown, told, written and refused."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import kinemacolor
from kinemacolor.cli.main import app
from kinemacolor.engine.preview import networks
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.weights import Loaded
from tests.engine.fakes import still, write_zip
from tests.engine.tint import Tint, pan, write_grey

FAST = ("--device", "cpu", "--working-size", "32")
SETTINGS = kinemacolor.Settings(device="cpu", working_size=32)


@pytest.fixture(autouse=True)
def network(monkeypatch, tmp_path):
    """A network without weights, and a folder to work in."""

    def load(model):
        if model not in ("kinema", "other"):
            raise kinemacolor.WeightsError(f"{model}: neither a weights file nor a variant")
        return Loaded(Tint, model, "0" * 64, {})

    monkeypatch.setattr(networks, "load", load)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def box(tmp_path):
    """Stills, one of them broken, a film and an archive."""
    box = tmp_path / "box"
    box.mkdir()
    for number in range(3):
        (box / f"{number}.png").write_bytes(still(number))
    write_grey(box / "reel.mkv", [*pan(30), *pan(30, seed=5)])
    write_zip(box / "more.zip", {"x.png": still(7), "read.me": b"words"})
    return box


def run(*words):
    return CliRunner().invoke(app, ["preview", *map(str, words), *FAST])


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class TestCommand:
    @pytest.mark.parametrize("name", ["sheet.png", "sheet.jpg", "sheet.webp"])
    def test_writes_a_sheet_and_nothing_else(self, box, tmp_path, name):
        before = digests(box)
        result = run(box, "-o", name)
        assert result.exit_code == 0, result.output
        with Image.open(tmp_path / name) as sheet:
            assert sheet.width == 1600
        assert digests(box) == before
        assert {path.name for path in tmp_path.iterdir()} == {"box", name}
        first, second, *_, whole, last = result.output.splitlines()
        assert first.startswith("Working on the ") and second == "Looking at box"
        assert whole.startswith("The whole: 60 frames and 4 stills, about ")
        assert last == f"6 pictures in {name}"

    def test_a_page(self, box, tmp_path):
        assert run(box / "reel.mkv", "-o", "page.html").exit_code == 0
        text = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert text.count("<img ") == 4 and "00:00:00.6" in text and "reel.mkv" in text

    def test_json_tells_what_was_chosen(self, box):
        result = run(box / "reel.mkv", "--json", "--compare", "saturation=0.5,2")
        assert result.exit_code == 0, result.output
        told = json.loads(result.output)
        assert told["sheet"] == "preview.png" and told["problems"] == []
        assert told["columns"] == ["saturation 0.5", "saturation 2"]
        assert told["frames"] == 60 and told["seconds"] > 0
        assert [picture["frame"] for picture in told["pictures"]] == [15, 45]
        assert [picture["time"] for picture in told["pictures"]] == [0.6, 1.8]
        assert [picture["uncertainty"] for picture in told["pictures"]] == [[None, None]] * 2

    @pytest.mark.parametrize(
        "words", [("--frames", "30-44"), ("--from", "1.2", "--to", "1.8"), ("--from", "0:01.2")]
    )
    def test_of_an_excerpt(self, box, words):
        told = json.loads(run(box / "reel.mkv", "--json", *words).output)
        assert told["frames"] == (15 if "1.8" in words or "--frames" in words else 30)
        assert all(30 <= picture["frame"] < 60 for picture in told["pictures"])

    def test_what_is_broken_is_told_and_the_rest_shown(self, box, tmp_path):
        (box / "broken.png").write_bytes(still()[:40])
        (box / "cut.mkv").write_bytes((box / "reel.mkv").read_bytes()[:2000])
        result = run(box, "gone.mkv", "--count", "20")
        assert result.exit_code == 1
        for name in ("broken.png", "cut.mkv", "gone.mkv"):
            lines = [line for line in result.output.splitlines() if f"{name}: " in line]
            assert len(lines) == 1
        assert "6 pictures in preview.png" in result.output
        assert (tmp_path / "preview.png").is_file()

    def test_nothing_readable_makes_no_file(self, tmp_path):
        (tmp_path / "broken.png").write_bytes(still()[:40])
        result = run("broken.png", "gone.mkv", "-o", "sheet.png")
        assert result.exit_code == 1
        assert [path.name for path in tmp_path.iterdir()] == ["broken.png"]
        result = run("gone.mkv", "--json")
        assert result.exit_code == 1 and json.loads(result.stdout)["sheet"] is None

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("-o", "sheet.gif"), "is no name for a preview"),
            (("-o", "none/sheet.png"), "there is no folder none"),
            (("-o", "box/sheet.png"), "lies in the source"),
            (("-o", "box/0.png"), "is a source itself"),
            (("--count", "0"), "--count"),
            (("--compare", "saturation"), "NAME=VALUE"),
            (("--compare", "saturation=1,"), "NAME=VALUE"),
            (("--compare", "saturation=9"), "saturation: 9"),
            (("--compare", "saturation=x"), "use a number"),
            (("--compare", "working-size=1.5"), "use a whole number"),
            (("--compare", "color-memory=no"), "use true or false"),
            (("--compare", "quality=1,2"), "does not change the colours"),
            (("--compare", "hue=1,2"), "there is no setting hue"),
            (("--compare", "saturation=1,2,3", "--compare", "working-size=32,64,96"), "9 columns"),
            (("--compare", "saturation=1", "--compare", "saturation=2"), "given twice"),
        ],
    )
    def test_wrong_usage_is_told_before_the_work(self, box, words, said, monkeypatch):
        def fail(*_):
            raise AssertionError("a network was loaded")

        monkeypatch.setattr(networks, "load", fail)
        before = digests(box)
        result = run(box, *words)
        assert isinstance(result.exception, SettingsError), result.output
        assert said in str(result.exception)
        assert digests(box) == before

    def test_an_unknown_model_is_an_error(self, box, tmp_path):
        result = run(box, "--compare", "model=kinema,nonsense")
        assert isinstance(result.exception, kinemacolor.WeightsError)
        assert not (tmp_path / "preview.png").exists()


class TestFunction:
    def test_pictures_are_before_and_after(self, box):
        look = kinemacolor.preview(
            [box / "reel.mkv", box / "0.png"],
            settings=SETTINGS,
            compare={"saturation": [0, 1]},
            count=3,
        )
        assert [(picture.name, picture.frame) for picture in look.pictures] == [
            ("reel.mkv", 15),
            ("reel.mkv", 45),
            ("0.png", None),
        ]
        for picture in look.pictures:
            grey, colored = picture.after
            assert picture.before.shape == grey.shape == colored.shape
            assert picture.before.dtype == np.uint8
            assert np.abs(grey.astype(int) - picture.before).max() <= 2
            assert np.ptp(colored.astype(int), axis=2).max() > 20
        assert look.frames == 61 and look.problems == () and not look.seconds > 1e4

    def test_a_turned_film_is_shown_upright(self, tmp_path):
        frames = pan(8, height=64, width=48)
        film = write_grey(tmp_path / "a.mp4", frames, rotation=90, aspect=Fraction(2))
        look = kinemacolor.preview(film, settings=SETTINGS, compare={"saturation": [0]})
        [picture] = look.pictures
        assert picture.before.shape == picture.after[0].shape == (96, 64, 3)
        shown = np.rot90(picture.before[..., 1], -1)[:, ::2]
        assert np.abs(shown.astype(int) - frames[picture.frame]).mean() < 6
        assert np.abs(picture.before.astype(int) - picture.after[0]).max() <= 2

    def test_progress_and_combinations(self, box):
        seen = []
        look = kinemacolor.preview(
            box,
            settings=SETTINGS,
            compare={"saturation": ["0.5", 1], "model": ["kinema", "other"]},
            on_progress=seen.append,
        )
        assert look.columns == (
            "saturation 0.5, kinema",
            "saturation 0.5, other",
            "saturation 1, kinema",
            "saturation 1, other",
        )
        assert [progress.frames for progress in seen] == [1, 2, 3, 4, 5, 6]
        assert seen[-1].name == "reel.mkv"

    def test_an_unwritable_place_is_one_error(self, box, tmp_path):
        look = kinemacolor.preview(box / "0.png", settings=SETTINGS)
        with pytest.raises(kinemacolor.MediaError, match="cannot be written"):
            look.write(tmp_path / "none" / "sheet.png")
        with pytest.raises(SettingsError, match="is a source itself"):
            look.write(box / "0.png")

    def test_nothing_to_show_is_not_written(self, tmp_path):
        look = kinemacolor.preview("gone.mkv", settings=SETTINGS)
        assert look.pictures == () and len(look.problems) == 1 and look.frames == 0
        with pytest.raises(kinemacolor.MediaError, match="nothing to show"):
            look.write("sheet.png")
        assert not list(tmp_path.iterdir())
