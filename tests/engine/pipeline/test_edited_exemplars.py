"""The exemplars of a film after an edit of its guide: what it does not reach is kept."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from kinemacolor.engine.guidance.exemplars import given_exemplars
from kinemacolor.engine.guidance.exemplars.earlier import EarlierExemplars
from kinemacolor.engine.guidance.guide_file.film_guide import (
    FilmGuide,
    KeyFrame,
    Point,
    Reference,
    ShotWish,
)
from kinemacolor.engine.guidance.guide_file.pictures import read_picture
from kinemacolor.engine.pipeline import guided_film
from kinemacolor.engine.pipeline.guided_film import make_exemplars
from tests.engine.pipeline.to_and_fro import (
    ENCODER,
    SETTINGS,
    STARTS,
    Unsteady,
    let_points_fill,
    picture_of,
    striped,
    write_film,
)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return write_film(tmp_path_factory.mktemp("film"))


@pytest.fixture
def said(tmp_path):
    """A guide that says something of every kind."""
    return FilmGuide(
        shots=STARTS,
        points=(Point(9, 0.5, 0.5, (90.0, 0.0)), Point(20, 0.5, 0.5, (40.0, 0.0))),
        key_frames=(KeyFrame(3, picture_of(tmp_path, "key.png", 1, 3)),),
        references=(Reference(picture_of(tmp_path, "set.png", 5), (0,)),),
        wishes=(ShotWish(3, like=0),),
        candidates=(picture_of(tmp_path, "one.png", 1, 2), striped(tmp_path)),
    )


@pytest.fixture
def make_by_features(film, tmp_path, monkeypatch):
    """Makes the exemplars of a guide: their record, what is stored, and frames looked at."""
    path, index = film

    def make(guide, name, **settings):
        monkeypatch.setattr(guided_film, "resolve_film", lambda *_: guide)
        looked, folder = [], tmp_path / name
        folder.parent.mkdir(exist_ok=True)
        how, earlier = replace(SETTINGS, **settings), EarlierExemplars.beside(folder)
        steps = Unsteady(), ENCODER, how, lambda: looked.append(0)
        facts = make_exemplars(path, index, "some", folder, *steps, earlier)
        return facts, content_of_folder(folder), len(looked)

    return make


@pytest.fixture
def make(make_by_features, monkeypatch):
    """The same, where points fill their frame."""
    let_points_fill(monkeypatch)
    return make_by_features


@pytest.mark.parametrize("memory", [True, False])
@pytest.mark.parametrize(
    ("edit", "most"),
    [
        ({}, 0),
        ({"points": (Point(9, 0.5, 0.5, (90.0, 0.0)), Point(20, 0.5, 0.5, (20.0, 0.0)))}, 1),
        ({"points": (Point(9, 0.5, 0.5, (90.0, 0.0)), Point(21, 0.5, 0.5, (40.0, 0.0)))}, 1),
        ({"key_frames": ()}, 0),
        ({"references": (), "wishes": (ShotWish(1, saturation=0.5),)}, 0),
        ({"wishes": (ShotWish(3, like=1),)}, 1),
    ],
)
def test_only_what_an_edit_reaches_is_looked_at(make, said, memory, edit, most):
    _, _, first = make(said, "exemplars-1", color_memory=memory)
    edited = replace(said, **edit)
    facts, stored, looked = make(edited, "exemplars-2", color_memory=memory)
    assert first >= 6 and looked == most
    assert (facts, stored) == make(edited, "fresh/exemplars-2", color_memory=memory)[:2]
    assert any("90" in note or "chroma" in note for note in facts.notes)


@pytest.mark.parametrize(
    "edit", [{"shots": (0, 8, 12, 16, 24)}, {"candidates": ()}, {"shots": (0, 8, 24)}]
)
def test_edits_of_cuts_and_candidates_give_what_is_made_from_scratch(make, said, edit):
    make(said, "exemplars-1")
    edited = replace(said, wishes=(), **edit)
    assert make(edited, "exemplars-2")[:2] == make(edited, "fresh/exemplars-2")[:2]


def test_a_picture_that_changed_under_its_name_is_read_again(make, said, tmp_path):
    make(said, "exemplars-1")
    picture = cv2.imread(str(tmp_path / "key.png"))
    cv2.imwrite(str(tmp_path / "key.png"), picture[..., ::-1])
    facts, stored, looked = make(said, "exemplars-2")
    assert looked == 1
    assert (facts, stored) == make(said, "fresh/exemplars-2")[:2]


def test_points_are_spread_over_what_the_shots_key_frames_lead_to(make, tmp_path, monkeypatch):
    spread_over = []

    def spread(lightness, points, automatic, encoder, **more):
        spread_over.append(automatic.mean((0, 1)))
        return automatic.copy(), np.zeros_like(lightness)

    monkeypatch.setattr(given_exemplars, "spread_points", spread)
    point, key = Point(5, 0.5, 0.5, (40.0, 0.0)), picture_of(tmp_path, "key.png", 1, 3)
    make(FilmGuide(shots=STARTS, points=(point,)), "exemplars-1")
    guide = FilmGuide(shots=STARTS, points=(point,), key_frames=(KeyFrame(3, key),))
    before = make(guide, "exemplars-2")[1]
    picture = cv2.imread(str(key))
    cv2.imwrite(str(key), picture[..., ::-1])
    after = make(guide, "exemplars-3")[1]
    assert before != after == make(guide, "fresh/exemplars-3")[1]
    automatic, led, other, again = spread_over
    brown = read_picture(key, 128)[1].mean((0, 1))
    assert np.abs(other - brown).max() < 4 and np.array_equal(other, again)
    assert led[1] < -5 and other[1] > 5 and np.abs(automatic - led).max() > 4


def test_a_point_beside_a_key_frame_that_was_there_before(make_by_features, tmp_path):
    make = make_by_features
    point, key = Point(5, 0.5, 0.5, (40.0, 0.0)), picture_of(tmp_path, "key.png", 1, 3)
    guide = FilmGuide(shots=STARTS, key_frames=(KeyFrame(3, key),))
    make(guide, "exemplars-1")
    edited = replace(guide, points=(point,))
    facts, stored, looked = make(edited, "exemplars-2")
    assert looked == 1
    assert (facts, stored) == make(edited, "fresh/exemplars-2")[:2]


@pytest.mark.parametrize("damage", ["cut off", "other", "gone", "no record"])
def test_what_is_damaged_is_made_again(make, said, tmp_path, damage):
    _, whole, _ = make(said, "exemplars-1")
    files = sorted((tmp_path / "exemplars-1").glob("*.npz"))
    if damage == "no record":
        files = [tmp_path / "exemplars-1/film.json"]
    for file in files:
        if damage == "gone":
            file.unlink()
        else:
            content = file.read_bytes()
            file.write_bytes(content[:99] if damage == "cut off" else b"?" * len(content))
    assert make(said, "exemplars-2")[1] == whole


def test_what_is_kept_lies_on_the_disk_once(make, said, tmp_path):
    make(said, "exemplars-1")
    make(replace(said, key_frames=()), "exemplars-2")
    places = [sorted((tmp_path / f"exemplars-{n}").glob("*.npz")) for n in (1, 2)]
    nodes = [{place.stat().st_ino for place in group} for group in places]
    assert len(nodes[1] & nodes[0]) >= 6


def content_of_folder(folder):
    return {place.name: place.read_bytes() for place in folder.iterdir()}
