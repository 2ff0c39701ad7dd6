"""The guide's structs: their published schema, and what counts of them as text."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kinemacolor.engine.guidance.guide_file.guide import (
    Ab,
    AddCut,
    Candidate,
    Guide,
    KeyFrame,
    MoveCut,
    Point,
    Reference,
    Said,
    Shot,
    digest_of,
    guide_of,
    member_text,
    merged,
    text_of,
)
from kinemacolor.engine.guidance.guide_file.schema import schema_text

ROOT = Path(__file__).parents[4]

frames = some.integers(0, 10**9) | some.sampled_from(["0:01", "00:01:02.5", "7.25"])
pixels = some.floats(0, 10**6) | some.integers(0, 5000)
names = some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
colors = (
    some.from_regex("#[0-9a-fA-F]{6}", fullmatch=True)
    | some.sampled_from(["grey", "gray"])
    | some.builds(Ab, a=some.floats(-128, 128), b=some.integers(-128, 128))
)
words = some.text(some.characters(exclude_categories=["Cs"]), max_size=8)
points = some.builds(
    Point, x=pixels, y=pixels, color=colors, frame=some.none() | frames, radius=pixels, note=words
)
guides = some.builds(
    Said,
    author=words,
    points=some.lists(points, max_size=3).map(tuple),
    key_frames=some.lists(some.builds(KeyFrame, picture=names, frame=frames), max_size=2).map(
        tuple
    ),
    references=some.lists(
        some.builds(
            Reference,
            picture=names,
            shots=some.just("all") | some.lists(frames, min_size=1, max_size=3).map(tuple),
            evidence=words,
        ),
        max_size=2,
    ).map(tuple),
    cuts=some.lists(
        some.builds(AddCut, frame=frames) | some.builds(MoveCut, frame=frames, to=frames),
        max_size=2,
    ).map(tuple),
    shots=some.lists(
        some.builds(Shot, shot=frames, strength=some.floats(0, 1), warmth=some.integers(-40, 40)),
        max_size=2,
    ).map(tuple),
)


class TestSchema:
    def test_is_the_published_one(self):
        published = (ROOT / "docs/guide.schema.json").read_text(encoding="utf-8")
        assert published == schema_text(), (
            "python -m kinemacolor.engine.guidance.guide_file.schema > docs/guide.schema.json"
        )

    @settings(deadline=None, max_examples=20)
    @given(guides)
    def test_accepts_what_is_read(self, said):
        jsonschema = pytest.importorskip("jsonschema", reason="it judges schemas")
        written = json.loads(msgspec.json.encode(said))
        jsonschema.validate({"version": 1, **written}, json.loads(schema_text()))

    @pytest.mark.parametrize(
        "wrong",
        [
            {},
            {"version": 2},
            {"version": 1, "point": []},
            {"version": 1, "points": [{"x": -1, "y": 0, "color": "grey"}]},
            {"version": 1, "points": [{"x": 1, "y": 0, "color": "red"}]},
            {"version": 1, "shots": [{"shot": 1, "strength": 2}]},
        ],
    )
    def test_refuses_what_is_refused(self, wrong):
        jsonschema = pytest.importorskip("jsonschema", reason="it judges schemas")
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, json.loads(schema_text()))
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, Guide)


class TestText:
    @settings(deadline=None)
    @given(guides)
    def test_comes_back_as_it_is(self, said):
        text = text_of(said)
        assert text_of(guide_of(text)) == text and "\n" not in text
        assert bool(text) is not said.is_empty

    @settings(deadline=None)
    @given(guides, words)
    def test_who_said_it_does_not_count(self, said, word):
        other = msgspec.structs.replace(said, author=word, note=word, evidence=word)
        assert text_of(other) == text_of(said)

    def test_is_the_same_for_equal_guides(self):
        one = Said(points=(Point(x=1, y=2, color="#AABBCC", note="a coat"),))
        other = Said(points=(Point(x=1.0, y=2.0, color="#aabbcc"),))
        assert text_of(one) == text_of(other)
        grey, gray = (Said(points=(Point(x=1, y=2, color=c),)) for c in ("grey", "gray"))
        assert text_of(grey) == text_of(gray)

    def test_nothing_is_empty(self):
        assert text_of(Said(author="me")) == "" and guide_of("") == Guide(version=1)
        assert digest_of("") == "" and member_text("", "a.jpg") == ""

    def test_of_a_member_has_what_is_said_of_all(self):
        own = Said(points=(Point(x=1, y=2, color="grey"),))
        common = Said(references=(Reference(picture="/set.jpg"),))
        text = text_of(common, {"a.jpg": own, "b.jpg": Said()})
        assert guide_of(member_text(text, "a.jpg")) == guide_of(text_of(merged(own, common)))
        assert member_text(text, "b.jpg") == text_of(common)

    def test_digest_is_of_content_wherever_it_lies(self):
        def placed(folder: str, digest: str = "") -> str:
            return digest_of(
                text_of(
                    Said(candidates=(Candidate(picture=f"{folder}/a.png", sha256=digest),)),
                    {"b": Said(key_frames=(KeyFrame(picture=f"{folder}/b.png", sha256=digest),))},
                )
            )

        assert placed("/one", "0" * 64) == placed("/two", "0" * 64) != placed("/one", "1" * 64)
        assert placed("/one") != placed("/two")

    def test_what_comes_first_takes_precedence(self):
        first, second = (Said(candidates=(Candidate(picture=name),)) for name in "ab")
        assert [item.picture for item in merged(first, second).candidates] == ["a", "b"]
