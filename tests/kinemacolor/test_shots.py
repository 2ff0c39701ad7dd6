"""`kinemacolor shots`: the shots of a job, where to begin, and where a hint would help."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from typer.testing import CliRunner

from kinemacolor.cli.main import app
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.pipeline.film_stages import FilmStages
from kinemacolor.engine.preview import shot_list
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError, SettingsError
from kinemacolor.models.weights import Loaded
from tests.engine.doubt import Doubt
from tests.engine.tint import Tint, pan, write_grey

FAST = ("--device", "cpu", "--working-size", "32")
BLACK = [np.full((64, 96), 16, np.uint8)] * 5


@pytest.fixture(autouse=True)
def network(monkeypatch, tmp_path):
    """A network without weights, and a folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shot_list, "load", lambda name: Loaded(Doubt, name, "0" * 64, {}))


@pytest.fixture
def reel(tmp_path):
    """Two shots, black between them; in the second a bright square moves over darkness."""
    square = [np.full((64, 96), 40, np.uint8) for _ in range(20)]
    for number, frame in enumerate(square):
        frame[8:24, 60 + number // 10 : 80 + number // 10] = 230
    return write_grey(tmp_path / "reel.mkv", [*pan(30), *BLACK, *square])


def run(*words):
    return CliRunner().invoke(app, ["shots", *map(str, words), *FAST])


def told(*words):
    result = run(*words, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def test_shots_are_those_of_a_job(reel):
    found = told(reel)
    index = FilmStages(reel, Settings(device="cpu", working_size=32)).index(lambda: None)
    assert [shot["first"] for shot in found["shots"]] == index.shots == [0, 30, 35]
    assert [shot["last"] for shot in found["shots"]] == [29, 34, 54]
    assert [(shot["from"], shot["to"]) for shot in found["shots"]] == [
        (0, 1.2), (1.2, 1.4), (1.4, 2.2),
    ]  # fmt: skip
    assert (found["frames"], found["seconds"]) == (55, 2.2)
    assert (found["width"], found["height"]) == (96, 64)


def test_it_begins_near_the_middle_and_hints_where_the_network_doubts(reel):
    first, black, square = told(reel)["shots"]
    for shot in (first, square):
        third = (shot["last"] + 1 - shot["first"]) / 3
        assert shot["first"] + third <= shot["begin"]["frame"] <= shot["last"] + 1 - third
        assert shot["begin"]["time"] == pytest.approx(shot["begin"]["frame"] / 25)
        assert 0 < shot["uncertainty"] < 40
    assert black["blank"] and black["uncertainty"] is None and black["places"] == []
    assert [square["blank"], square["in_color"], square["guided"]] == [False] * 3
    [place, *_] = square["places"]
    assert 58 <= place["x"] <= 82 and 6 <= place["y"] <= 26
    assert 35 <= place["uncertainty"] <= 40


def test_the_number_of_places_is_a_bound(reel):
    assert all(shot["places"] == [] for shot in told(reel, "--places", "0")["shots"])
    assert max(len(shot["places"]) for shot in told(reel, "--places", "2")["shots"]) == 2
    assert isinstance(run(reel, "--places", "99").exception, SettingsError)


def test_the_sharpest_frame_about_the_middle_is_shown(tmp_path):
    frames = pan(31)
    for number in (13, 14, 15, 16, 18):
        frames[number] = np.full_like(frames[number], 120) + frames[number] // 10
    film = write_grey(tmp_path / "film.mkv", frames)
    [shot] = told(film)["shots"]
    assert shot["begin"]["frame"] not in (13, 14, 15, 16, 18)


def test_places_are_in_pixels_as_the_film_is_shown(tmp_path):
    frame = np.full((64, 96), 40, np.uint8)
    frame[8:24, 64:80] = 230
    film = write_grey(tmp_path / "film.mp4", [frame] * 3, rotation=90, aspect=Fraction(2))
    found = told(film)
    assert (found["width"], found["height"]) == probe(film).shown_size == (64, 192)
    place = found["shots"][0]["places"][0]
    # 90 degrees counter-clockwise: what was on the right is on top.
    assert 6 <= place["x"] <= 26 and 2 * (96 - 82) <= place["y"] <= 2 * (96 - 62)


def test_a_guide_edits_the_cuts_and_says_what_is_done(reel, tmp_path):
    guide = {
        "version": 1,
        "cuts": [{"edit": "drop", "frame": 35}, {"edit": "add", "frame": 10}],
        "points": [{"frame": 12, "x": 3, "y": 4, "color": "grey"}],
    }
    (tmp_path / "said.json").write_text(json.dumps(guide))
    found = told(reel, "--guide", "said.json")
    assert [shot["first"] for shot in found["shots"]] == [0, 10, 30]
    assert [shot["guided"] for shot in found["shots"]] == [False, True, False]
    assert 1 not in found["least_sure"] and found["least_sure"]
    (tmp_path / "reel.mkv.colours.json").write_text(json.dumps(guide))
    assert told(reel) == found
    guide["points"][0]["x"] = 96
    (tmp_path / "said.json").write_text(json.dumps(guide))
    result = run(reel, "--guide", "said.json")
    assert result.exit_code != 0 and "points[0].x" in str(result.exception)


def test_the_table(reel):
    result = run(reel)
    assert result.exit_code == 0, result.output
    head, first, black, square, named = result.stdout.splitlines()
    assert head.split("  ")[0] == "shot" and head.endswith("hints at")
    assert first.split()[:4] == ["0", "0-29", "00:00:00.0", "00:00:01.2"]
    assert black.split()[-1] == "blank" and "," in square.split()[-1]
    assert named.startswith("Least sure, and not guided: shots ")
    lines = result.stderr.splitlines()
    assert lines[0].startswith("Working on the ")
    assert "Reading reel.mkv for shots" in lines
    assert "Looking where colours of reel.mkv are least sure" in lines


def test_a_network_that_does_not_tell_gives_the_shots_alone(reel, monkeypatch):
    monkeypatch.setattr(shot_list, "load", lambda name: Loaded(Tint, name, "0" * 64, {}))
    found = told(reel)
    assert [shot["uncertainty"] for shot in found["shots"]] == [None] * 3
    assert found["least_sure"] == []
    assert run(reel).stdout.splitlines()[1].split()[-1] == "-"


def test_shots_in_color_are_said(tmp_path):
    from tests.benchmarks.color_clips import color_pan, write_color_film

    film = write_color_film(tmp_path / "film.mkv", color_pan(8))
    [shot] = told(film)["shots"]
    assert shot["in_color"] and shot["places"] == []
    [shot] = told(film, "--on-color", "recolor")["shots"]
    assert not shot["in_color"] and shot["uncertainty"] is not None


@pytest.mark.parametrize(
    ("name", "said"), [("gone.mkv", "gone.mkv"), ("note.txt", "is not a film"), (".", "is not")]
)
def test_what_is_no_film_is_told_in_a_line(tmp_path, name, said):
    (tmp_path / "note.txt").write_text("words")
    result = run(name)
    assert isinstance(result.exception, KinemacolorError) and said in str(result.exception)
