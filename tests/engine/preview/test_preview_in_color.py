"""A preview shows sources in colour with what a job leaves them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import kinemacolor
from kinemacolor.engine.preview import networks
from kinemacolor.models.weights import Loaded
from tests.engine.in_color import SEPIA, colored_shot, tinted_shot, write_color
from tests.engine.tint import Tint, tinting_worker


@pytest.fixture
def box(tmp_path, monkeypatch):
    """A film and a still in colour, and both of one hue; a network without weights."""
    tinting_worker(monkeypatch)
    monkeypatch.setattr(networks, "load", lambda _: Loaded(Tint, "tint", "0" * 64, {}))
    folder = tmp_path / "box"
    folder.mkdir()
    for name, shot in (("colour", colored_shot(8)), ("sepia", tinted_shot(8, SEPIA))):
        write_color(folder / f"{name}.mkv", shot)
        Image.fromarray(shot[0]).save(folder / f"{name}.png")
    return folder


def looked_at(box, **settings):
    settings = kinemacolor.Settings(working_size=32, device="cpu", **settings)
    return kinemacolor.preview(box, settings=settings)


def changed(picture):
    """The mean difference of its pixels."""
    return np.abs(picture.after[0].astype(int) - picture.before).mean()


def test_keeps_them_and_says_so(box):
    pictures = {picture.name: picture for picture in looked_at(box).pictures}
    for name in ("colour.mkv", "colour.png"):
        assert pictures[name].in_color and pictures[name].uncertainty == (None,)
        assert changed(pictures[name]) < 3
    for name in ("sepia.mkv", "sepia.png"):
        assert not pictures[name].in_color
        assert changed(pictures[name]) > 6


def test_colors_them_where_the_job_would(box):
    pictures = looked_at(box, on_color="recolor").pictures
    assert len(pictures) == 4
    assert not any(picture.in_color for picture in pictures)
    assert all(changed(picture) > 3 for picture in pictures)


def test_tells_of_them_where_the_job_refuses_them(box):
    look = looked_at(box, on_color="fail")
    assert [picture.name for picture in look.pictures] == ["sepia.mkv", "sepia.png"]
    assert sum("is in colour already" in problem for problem in look.problems) == 2
