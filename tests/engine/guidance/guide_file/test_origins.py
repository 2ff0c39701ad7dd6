"""Errors about places of a merged guide, told by the places where a person said it."""

from __future__ import annotations

import pickle

import pytest

from kinemacolor.engine.guidance.guide_file.guide import KeyFrame, Reference, Said, Shot
from kinemacolor.engine.guidance.guide_file.origins import Origins, in_guide
from kinemacolor.models.errors import KinemacolorError

REFERENCE = Reference(picture="a.png", shots=(9,))
ORIGINS = Origins.of(
    [("g.json: ".__add__, Said(references=(REFERENCE,))),
     ("g.json: files.".__add__, Said(references=(REFERENCE,) * 2, shots=(Shot(shot=1),)))],
    {"a.mkv": Origins.of([("m.json: ".__add__, Said(references=(REFERENCE,)))])},
)  # fmt: skip


def error(place: str) -> KinemacolorError:
    return KinemacolorError("reel.mkv", f"guide: {place}: there is none: none", "use 0")


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("references[0].shots[0]", "g.json: references[0].shots[0]"),
        ("references[2].shots[1]", "g.json: files.references[1].shots[1]"),
        ("shots[0]", "g.json: files.shots[0]"),
    ],
)
def test_items_have_the_numbers_of_their_own_lists(place, told):
    found = pickle.loads(pickle.dumps(ORIGINS)).told(error(place))
    assert str(found) == f"reel.mkv: {told}: there is none: none; use 0"


def test_of_a_member_its_own_come_first():
    own = ORIGINS.of_member("a.mkv")
    places = [own.told(error(f"references[{i}]")).problem.partition(": there")[0] for i in (0, 1)]
    assert places == ["m.json: references[0]", "g.json: references[0]"]
    assert "g.json: ref" in ORIGINS.of_member("b.mkv").told(error("references[0]")).problem


def test_what_is_of_no_guide_stays():
    other = KinemacolorError("reel.mkv", "is cut short")
    assert ORIGINS.told(other) is other and in_guide(other, "g.json") is other
    unknown = error("points[3].x")
    assert ORIGINS.told(unknown) is unknown


def test_of_a_guide_by_name():
    said = "g.json: points[3].x: there is none: none; use 0"
    assert str(in_guide(error("points[3].x"), "g.json")) == said


def test_options_are_their_places():
    key = Said(key_frames=(KeyFrame(picture="a", frame=3),))
    found = Origins.of([(lambda place: "--key-frame 3=a", key)]).told(error("key_frames[0].frame"))
    assert found.problem == "--key-frame 3=a: there is none: none"
