"""Guide files: read whole, or refused in one line that names the place inside the file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kinemacolor.engine.guidance.guide_file.guide import Guide
from kinemacolor.engine.guidance.guide_file.read_guide import LARGEST, read_guide
from kinemacolor.models.errors import KinemacolorError

POINT = {"frame": 3, "x": 1, "y": 2, "color": "grey"}


@pytest.fixture
def refusal(tmp_path):
    """A function from the content of a file to what its reader says, without the file's name."""
    path = tmp_path / "colours.json"

    def said(content: object) -> str:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(data)
        with pytest.raises(KinemacolorError) as caught:
            read_guide(path)
        line = str(caught.value)
        assert line.startswith(f"{path}: ") and "\n" not in line
        return line.removeprefix(f"{path}: ")

    return said


class TestReading:
    def test_pictures_lie_where_the_guide_does(self, tmp_path):
        path = tmp_path / "sub/colours.json"
        path.parent.mkdir()
        guide = {
            "version": 1,
            "references": [{"picture": "set.jpg"}],
            "files": {"a.png": {"key_frames": [{"picture": "/b.png"}]}},
        }
        path.write_text(json.dumps(guide))
        found = read_guide(path)
        assert found.references[0].picture == str(tmp_path / "sub/set.jpg")
        assert found.files["a.png"].key_frames[0].picture == "/b.png"

    def test_a_byte_order_mark_does_no_harm(self, tmp_path):
        path = tmp_path / "colours.json"
        path.write_bytes(b'\xef\xbb\xbf{"version": 1, "$schema": "guide.schema.json"}')
        assert read_guide(path) == Guide(version=1, schema="guide.schema.json")

    def test_everything_at_once(self, tmp_path):
        path = tmp_path / "colours.json"
        whole = {
            "version": 1,
            "author": "K. M.",
            "evidence": "letter of 3 May 1921",
            "points": [{**POINT, "until": "0:09.5", "radius": 4, "color": {"a": -20, "b": 15}}],
            "cuts": [{"edit": "move", "frame": 5, "to": 6, "note": "a fade"}],
            "shots": [{"shot": 1, "like": "0:02", "strength": 0.5, "warmth": -3}],
        }
        path.write_text(json.dumps(whole))
        found = read_guide(path)
        assert found.points[0].color.a == -20 and found.cuts[0].to == 6
        assert (found.shots[0].like, found.author) == ("0:02", "K. M.")

    def test_whole_numbers_may_have_a_point(self, tmp_path):
        path = tmp_path / "colours.json"
        point = {"frame": 3.0, "x": 1, "y": 2.5, "color": "GREY"}
        path.write_text(json.dumps({"version": 1.0, "points": [point]}))
        [point] = read_guide(path).points
        assert (point.frame, point.y, point.color) == (3, 2.5, "GREY")

    def test_paths_are_plain(self, tmp_path):
        (tmp_path / "sub").mkdir()
        (tmp_path / "set.jpg").touch()
        path = tmp_path / "sub/colours.json"
        path.write_text('{"version": 1, "references": [{"picture": "../set.jpg"}]}')
        assert read_guide(path).references[0].picture == str(tmp_path / "set.jpg")


class TestFiles:
    def test_missing(self, tmp_path):
        with pytest.raises(KinemacolorError, match="cannot be read: No such file"):
            read_guide(tmp_path / "none.json")

    def test_folder(self, tmp_path):
        with pytest.raises(KinemacolorError, match="is no file; name a guide"):
            read_guide(tmp_path)

    def test_huge(self, tmp_path):
        path = tmp_path / "colours.json"
        with open(path, "wb") as file:
            file.truncate(1 << 30)  # sparse: only its beginning is read
        with pytest.raises(KinemacolorError, match=f"larger than a guide may be .{LARGEST >> 20}"):
            read_guide(path)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "is no JSON: expecting value (line 1, column 1)"),
            (b'{"version": 1', "is no JSON: expecting ',' delimiter (line 1, column 14)"),
            ('{"version": 1}'.encode("utf-16"), "is no UTF-8 text: byte 0 is not; save it as UTF-"),
            (b"[" * 100_000, "is no guide: it is nested too deeply"),
            (b'{"version": ' + b"1" * 5000 + b"}", f"version: {'1' * 36} ... is no number that c"),
            (b'{"version": NaN}', "version: NaN is no number that counts; give another"),
            (b'{"version": 1, "points": [{"x": -Infinity}]}', "points[0].x: -Infinity is no numb"),
            (b'{"version": 1, "points": [3, 1e999]}', "points[1]: 1e999 is no number that counts"),
            (b'{"version": 1, "version": 1}', "version is there twice; leave one of them out"),
            (b'{"version": 1, "points": [{"x": 1, "x": 2}]}', "points[0]: x is there twice"),
            (b'{"version": 1, "note": "\\ud800"}', "note: holds half a character"),
            (b'{"version": 1, "files": {"a b": {"x": 1, "x": 2}}}', 'files["a b"]: x is there tw'),
        ],
    )
    def test_that_are_no_guides(self, refusal, content, said):
        assert refusal(content).startswith(said)


class TestContent:
    @pytest.mark.parametrize(
        ("guide", "said"),
        [
            ([], "[] is not possible; use an object, {...}"),
            ({}, 'has no version; begin it with {"version": 1, ...}'),
            ({"version": 2}, "version: 2 is not possible; use 1"),
            ({"version": 1, "point": []}, '"point" is no field; did you mean points?'),
            ({"version": 1, "note": 3}, "note: 3 is not possible; use text in quotes"),
            ({"version": 1, "points": {}}, "points: {} is not possible; use a list, [...]"),
            ({"version": 1, "points": [3]}, "points[0]: 3 is not possible; use an object, {...}"),
        ],
    )
    def test_at_the_top(self, refusal, guide, said):
        assert refusal(guide) == said

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"colour": "grey"}, '[2]: "colour" is no field; did you mean color?'),
            ({"x": "1"}, '[2].x: "1" is not possible; use pixels from the left, from 0'),
            ({"y": -1}, "[2].y: -1 is not possible; use pixels from the top, from 0"),
            ({"x": True}, "[2].x: true is not possible; use pixels from the left, from 0"),
            ({"x": 10**400}, f"[2].x: {'1' + '0' * 35} ... is not possible; use pixels"),
            ({"color": "red"}, '[2].color: "red" is not possible; use "#2f5d34", "grey" or'),
            ({"color": {"a": 1}}, '[2].color: has no b; use "#2f5d34", "grey" or {"a": -20'),
            ({"color": {"a": 1, "b": 200}}, "[2].color.b: 200 is not possible; use -128 to 128"),
            ({"color": {"a": 1, "b": 2, "l": 3}}, '[2].color: "l" is no field; it may have a, b'),
            ({"color": "#aabbcc\n"}, '[2].color: "#aabbcc\\n" is not possible'),
            ({"frame": "0:01\n"}, '[2].frame: "0:01\\n" is not possible'),
            ({"frame": "62"}, '[2].frame: "62" is not possible; use a number from 0, or a time'),
            ({"frame": 1.5}, "[2].frame: 1.5 is not possible; use a number from 0, or a time"),
            ({"until": -1}, "[2].until: -1 is not possible; use a number from 0, or a time"),
        ],
    )
    def test_of_points(self, refusal, change, said):
        guide = {"version": 1, "points": [POINT, POINT, POINT | change]}
        assert refusal(guide).startswith(f"points{said}")
        of_file = {"version": 1, "files": {"a.png": {}, "b/c.png": {"points": guide["points"]}}}
        assert refusal(of_file).startswith(f'files["b/c.png"].points{said}')

    @pytest.mark.parametrize(
        ("field", "item", "said"),
        [
            (
                "cuts",
                {"edit": "cut", "frame": 3},
                '.edit: "cut" is not possible; use "add", "drop"',
            ),
            ("cuts", {"edit": "move", "frame": 3}, ": has no to; use a number from 0"),
            (
                "cuts",
                {"edit": "add", "frame": 3, "to": 4},
                ': "to" is no field; it may have edit, frame, author, note, evidence',
            ),
            ("references", {"picture": "a", "shots": []}, ".shots: [] is not possible; use a list"),
            ("candidates", {"picture": "a", "sha256": "0" * 64 + "\n"}, '.sha256: "000'),
            ("references", {"picture": "a", "shots": "some"}, '.shots: "some" is not possible; us'),
            ("references", {"picture": "a", "shots": [-1]}, ".shots[0]: -1 is not possible; use a"),
            ("references", {"picture": ""}, '.picture: "" is not possible; use the name of a file'),
            ("key_frames", {"picture": "a\0b"}, '.picture: "a\\u0000b" is not possible'),
            ("key_frames", {"frame": 1}, ": has no picture; use the name of a file"),
            ("candidates", {"picture": "a", "sha256": "0"}, '.sha256: "0" is not possible; use 64'),
            ("shots", {"shot": 1, "strength": 2}, ".strength: 2 is not possible; use 0 to 1"),
            ("shots", {"like": 1}, ": has no shot; use its number from 0"),
        ],
    )
    def test_of_other_items(self, refusal, field, item, said):
        assert refusal({"version": 1, field: [item]}).startswith(f"{field}[0]{said}")


_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(
                [
                    *Guide.__struct_fields__,
                    *POINT,
                    "picture",
                    "shots",
                    "edit",
                    "shot",
                    "a",
                    "[",
                    "é",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(_values, some.booleans())
def test_anything_is_read_or_refused_in_a_line(tmp_path_factory, value, versioned):
    path = tmp_path_factory.getbasetemp() / "any.json"
    if versioned and isinstance(value, dict):
        value = value | {"version": 1}
    path.write_text(json.dumps(value))
    try:
        assert read_guide(path).version == 1
    except KinemacolorError as error:
        assert "\n" not in str(error) and str(error).startswith(f"{path}: ")
