"""Stills and archives coloured by the command as their guides say."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kinemacolor.engine.pipeline.worker
from kinemacolor.engine.media.provenance.stills import tag_of_still
from kinemacolor.models.weights import Loaded, identify
from tests.engine.fakes import read_archive, write_zip
from tests.engine.media.stills.pictures import encoded
from tests.engine.pipeline.test_stills import rgb_of
from tests.engine.tint import Tint, photo
from tests.kinemacolor.test_guide_command import command

PURPLE = {"a": 40.0, "b": -40.0}


@pytest.fixture(autouse=True)
def network(monkeypatch, tmp_path):
    """A network without weights, and a folder to work in."""
    loaded = Loaded(Tint, *identify("kinema"), {})
    monkeypatch.setattr(kinemacolor.engine.pipeline.worker, "load", lambda model: loaded)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def box(tmp_path):
    """A still, and an archive of two."""
    box = tmp_path / "box"
    box.mkdir()
    (box / "a.png").write_bytes(picture(1))
    write_zip(box / "more.zip", {"x.png": picture(2), "in/y.png": picture(3)})
    return box


def picture(seed):
    return encoded(photo(64, 96, seed), "PNG")


def purple(content):
    """How far a still's pixel at 30, 20 is purple: green below red and blue."""
    red, green, blue = rgb_of(content)[20, 30]
    return min(red, blue) - green


def said(color=PURPLE):
    return {"points": [{"x": 30, "y": 20, "color": color, "radius": 4}]}


def test_a_hint_colors_its_place(box, tmp_path):
    done = command("colorize", box / "a.png", "-o", "out.png", "--hint", "30,20,4=40,-40")
    assert done.exit_code == 0, done.output
    content = (tmp_path / "out.png").read_bytes()
    assert purple(content) > 20 and tag_of_still(content).guide


def test_a_member_is_guided_by_its_name(box, tmp_path):
    files = {"in/y.png": said()}
    beside = box / "more.zip.colours.json"
    beside.write_text(json.dumps({"version": 1, "files": files}))
    assert command("colorize", box, "-o", "out").exit_code == 0
    members = read_archive(tmp_path / "out" / "more.zip")
    assert purple(members["in/y.png"]) > 20 and tag_of_still(members["in/y.png"]).guide
    assert not tag_of_still(members["x.png"]).guide


def test_those_without_a_guide_are_as_without_any(box, tmp_path):
    assert command("colorize", box, "-o", "plain").exit_code == 0
    (box / "a.png.colours.json").write_text(json.dumps({"version": 1, **said()}))
    assert command("colorize", box, "-o", "guided").exit_code == 0
    plain, guided = tmp_path / "plain", tmp_path / "guided"
    assert (plain / "a.png").read_bytes() != (guided / "a.png").read_bytes()
    ours, theirs = (read_archive(folder / "more.zip") for folder in (plain, guided))
    assert ours == theirs


def test_a_guide_that_changed_makes_its_still_again(box, tmp_path):
    beside = box / "a.png.colours.json"
    made = []
    for color in (PURPLE, {"a": -40.0, "b": 40.0}):
        beside.write_text(json.dumps({"version": 1, **said(color)}))
        done = command("colorize", box, "-o", "out")
        assert done.exit_code == 0, done.output
        made.append((tmp_path / "out" / "a.png").read_bytes())
    first, second = map(purple, made)
    assert first > 20 and second < -10
    assert np.ptp(rgb_of(made[1])[20, 30]) > 20
