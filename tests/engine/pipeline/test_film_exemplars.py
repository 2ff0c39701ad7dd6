"""The exemplars of a film: given, chosen, liked, lent, and the network's own."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from kinemacolor.engine.guidance.exemplars import exemplar_files, given_exemplars
from kinemacolor.engine.guidance.exemplars.exemplar import Authority
from kinemacolor.engine.guidance.exemplars.exemplar_facts import ExemplarFacts
from kinemacolor.engine.guidance.guide_file.film_guide import (
    FilmGuide,
    KeyFrame,
    Point,
    Reference,
    ShotWish,
)
from kinemacolor.engine.pipeline.film_exemplars import build_exemplars, exemplars_of
from kinemacolor.engine.pipeline.sample_places import sample_places, stride
from tests.engine.pipeline.to_and_fro import (
    ENCODER,
    FRAMES,
    SETTINGS,
    STARTS,
    Unsteady,
    let_points_fill,
    picture_of,
    striped,
    write_film,
)
from tests.engine.tint import photo


@pytest.fixture(autouse=True)
def points_fill_the_frame(monkeypatch):
    let_points_fill(monkeypatch)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return write_film(tmp_path_factory.mktemp("film"))


def built(film, guide=None, network=None, **settings):
    path, index = film
    guide = replace(guide or FilmGuide(), shots=STARTS)
    return build_exemplars(
        path, index, guide, network or Unsteady(), ENCODER, replace(SETTINGS, **settings)
    )


def names(shot, *authorities):
    return [e.name for e in shot.exemplars if not authorities or e.authority in authorities]


@pytest.mark.parametrize(
    ("length", "count"), [(1, 1), (20, 1), (70, 2), (104, 3), (5000, 6), (10**6, 6)]
)
def test_places_are_few_and_inside(length, count):
    [places] = sample_places([7], 7 + length)
    assert len(set(places)) == count
    assert all(7 <= place < 7 + length for place in places)


def test_places_do_not_depend_on_other_shots():
    assert sample_places([0, 50, 90], 200)[1] == sample_places([50], 90)[0]


def test_places_of_many_shots_are_some_of_those_of_each_alone():
    starts = range(0, 200 * 300, 200)
    found = sample_places(starts, 200 * 300)
    assert sum(map(len, found)) <= 1024 and {len(places) for places in found} == {3}
    for start, places in zip(starts, found, strict=True):
        assert set(places) < set(sample_places([start], start + 200)[0])


@pytest.mark.parametrize("length", [1, 63, 64, 127, 128, 255, 256, 1000, 5000, 86_400])
def test_places_are_among_the_frames_that_a_growing_shot_keeps(length):
    [places] = sample_places([0], length)
    count = len(places)
    for number, place in enumerate(places):
        even = (2 * number + 1) * length / (2 * count)
        assert even - length / 32 - 1 < place <= even
        assert all(place % stride(so_far) == 0 for so_far in range(place + 1, length + 1, 7))
    assert length // stride(length) < 128


def test_a_stride_leaves_out_what_earlier_ones_left_out():
    strides = [stride(length) for length in range(1, 3000)]
    assert strides[:127] == [1] * 127 and strides[127] == 2
    assert all(after % before == 0 for before, after in pairwise(strides))


def test_the_index_has_the_shots(film):
    assert film[1].shots == list(STARTS)


def test_set_ups_share_the_networks_colors(film):
    network = Unsteady()
    found = built(film, network=network)
    assert network.seen == 4
    assert found.starts == list(STARTS)
    a = [shot.exemplars[0].ab[..., 0].mean() for shot in found.shots]
    assert abs(a[0] - a[2]) < 2 < abs(a[0] - a[1])
    assert all(names(shot) == names(shot, Authority.NETWORK) for shot in found.shots)
    assert not any(shot.is_given for shot in found.shots)


def test_without_memory_there_is_what_was_given_alone(film, tmp_path):
    network = Unsteady()
    key = KeyFrame(3, picture_of(tmp_path, "key.png", 1, 3))
    found = built(film, FilmGuide(key_frames=(key,)), network, color_memory=False)
    assert [names(shot) for shot in found.shots] == [["frame 3"], [], [], []]
    assert network.seen == 1
    assert found.given_frames == [3]


def test_a_key_frame_leads_its_set_up(film, tmp_path):
    key = KeyFrame(3, picture_of(tmp_path, "key.png", 1, 3))
    found = built(film, FilmGuide(key_frames=(key,)))
    assert [names(shot, Authority.GIVEN) for shot in found.shots] == [
        ["frame 3"],
        [],
        ["frame 3"],
        [],
    ]
    assert found.shots[0].exemplars[0] is found.shots[2].exemplars[0]
    assert any("shot 2 takes colours from frame 3" in note for note in found.notes)


def test_points_hold_until_told(film):
    points = (
        Point(9, 0.5, 0.5, (40.0, 0.0), until=11),
        Point(10, 0.2, 0.2, (0.0, 40.0)),
        Point(12, 0.7, 0.7, (0.0, -30.0), until=18),
    )
    found = built(film, FilmGuide(points=points), color_memory=False)
    assert found.starts == [0, 8, 12, 16, 19, 24]
    assert [names(shot) for shot in found.shots] == [
        [],
        ["points of frame 9", "points of frame 10", "points of frame 12"],
        ["points of frame 10", "points of frame 12"],
        ["points of frame 12"],
        [],
        [],
    ]
    facts = ExemplarFacts.of(found, FilmGuide(shots=STARTS, points=points))
    assert facts.numbers == (0, 1, 1, 2, 2, 3)
    first = found.shots[1].exemplars[0]
    assert first.ab[64, 96, 0] > 30 and first.known[64, 96] == 1


def test_points_of_a_shot_with_a_key_frame_are_beside_a_picture(film, tmp_path, monkeypatch):
    told = []

    def spread(lightness, points, automatic, encoder, *, beside_picture):
        told.append((points[0].frame, beside_picture))
        return automatic, np.zeros_like(lightness)

    monkeypatch.setattr(given_exemplars, "spread_points", spread)
    points = tuple(Point(frame, 0.5, 0.5, (40.0, 0.0)) for frame in (3, 9, 12))
    key = KeyFrame(9, picture_of(tmp_path, "key.png", 2, 1))
    alone, beside = (
        built(film, FilmGuide(points=points, key_frames=keys), color_memory=False)
        for keys in ((), (key,))
    )
    assert told[:3] == [(n, False) for n in (3, 9, 12)]
    assert sorted(told[3:]) == [(3, False), (9, True), (12, True)]
    made = [[e.made_of for shot in one.shots for e in shot.exemplars] for one in (alone, beside)]
    assert [one == other for one, other in zip(*made, strict=True)] == [True, False, False]


def test_references_go_where_they_are_sent(film, tmp_path):
    one, other = (picture_of(tmp_path, name, 5) for name in ("one.png", "other.png"))
    guide = FilmGuide(references=(Reference(one), Reference(other, (1,))))
    found = built(film, guide, color_memory=False)
    assert [names(shot, Authority.REFERENCE) for shot in found.shots] == [
        ["one.png"],
        ["other.png", "one.png"],
        ["one.png"],
        ["one.png"],
    ]


def test_the_likeliest_pictures_are_chosen(film, tmp_path):
    none = striped(tmp_path)
    candidates = (
        none,
        picture_of(tmp_path, "first.png", 1, 2),
        picture_of(tmp_path, "second.png", 2, 2),
    )
    found = built(film, FilmGuide(candidates=candidates), color_memory=False)
    assert [names(shot)[0] for shot in found.shots] == ["first.png", "second.png"] * 2
    assert not any("none.png" in name for shot in found.shots for name in names(shot))
    assert any(note.startswith("shot 0 takes colours from first.png (") for note in found.notes)


def test_where_no_picture_is_alike_none_is_chosen(film, tmp_path):
    none = striped(tmp_path)
    found = built(film, FilmGuide(candidates=(none,)), color_memory=False)
    assert not any(shot.exemplars for shot in found.shots)
    assert "shot 3 takes colours from no picture: the likeliest, none.png" in found.notes[3]


def test_a_shot_can_be_like_another(film, tmp_path):
    key = KeyFrame(9, picture_of(tmp_path, "key.png", 2, 1))
    guide = FilmGuide(key_frames=(key,), wishes=(ShotWish(2, like=1, saturation=1.2),))
    found = built(film, guide)
    assert names(found.shots[2], Authority.GIVEN, Authority.REFERENCE) == ["frame 9", "frame 12"]
    assert found.shots[2].saturation == 1.2


def test_what_is_built_is_what_is_stored_and_the_same_again(film, tmp_path):
    key = KeyFrame(3, picture_of(tmp_path, "key.png", 1, 3))
    guide = FilmGuide(key_frames=(key,), points=(Point(20, 0.5, 0.5, (40.0, 0.0)),))
    first, again = built(film, guide), built(film, guide)
    exemplar_files.write(first, tmp_path / "stored")
    stored = exemplar_files.read(tmp_path / "stored", 0, FRAMES)
    digests = [[shot.digest for shot in found.shots] for found in (first, again, stored)]
    assert digests[0] == digests[1] == digests[2]


def test_an_edit_reaches_its_set_up_alone(film):
    guides = [FilmGuide(points=(Point(20, 0.5, 0.5, (a, 0.0)),)) for a in (40.0, 30.0)]
    before, after = (built(film, guide) for guide in guides)
    changed = [a.digest != b.digest for a, b in zip(before.shots, after.shots, strict=True)]
    assert changed == [True, False, True, False]


def test_shots_in_color_are_passed_over(film):
    path, index = film
    network = Unsteady()
    index = replace(index, in_color=((0, 16),))
    settings = replace(SETTINGS, on_color="keep")
    guide = FilmGuide(shots=STARTS)
    found = build_exemplars(path, index, guide, network, ENCODER, settings)
    assert [len(shot.exemplars) for shot in found.shots] == [0, 0, 1, 1]
    assert network.seen == 2


def test_frames_in_memory_have_exemplars_too():
    lightness = [
        photo(128, 192, 1 + n // 8).astype(np.float32) / np.float32(2.55) for n in range(16)
    ]
    guide = FilmGuide(shots=(0, 8), points=(Point(3, 0.5, 0.5, (40.0, 0.0)),))
    found = exemplars_of(lightness, guide, Unsteady(), ENCODER, SETTINGS)
    assert [names(shot) for shot in found.shots] == [["points of frame 3", "frame 4"], ["frame 12"]]
    facts = ExemplarFacts.of(found, guide)
    assert facts.points == (3,) and facts.known[0] > 0 == facts.known[1]
    keys = replace(guide, key_frames=(KeyFrame(3, Path("3.png")),))
    assert ExemplarFacts.of(found, keys).points == ()


def test_a_shot_that_is_like_another_is_touched(film):
    """Though that one is in colour, and has no exemplars."""
    path, index = film
    index = replace(index, in_color=((0, 8),))
    guide = FilmGuide(shots=STARTS, wishes=(ShotWish(2, like=0), ShotWish(3)))
    settings = replace(SETTINGS, on_color="keep", color_memory=False)
    found = build_exemplars(path, index, guide, Unsteady(), ENCODER, settings)
    assert not any(shot.exemplars for shot in found.shots)
    assert ExemplarFacts.of(found, guide).touched == (2,)
