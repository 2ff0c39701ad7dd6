"""What is given on the command line: hints, key frames, frames and times."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kinemacolor.engine.guidance.guide_file.guide import Ab, Point
from kinemacolor.engine.guidance.guide_file.request import (
    NO_GUIDE,
    GuideRequest,
    parse_frame,
    parse_hint,
    parse_key_frame,
)
from kinemacolor.engine.times import parse_time
from kinemacolor.models.errors import SettingsError

numbers = some.integers(0, 10**9)
times = some.builds(
    "{:02}:{:02}:{:02}.{}".format,
    some.integers(0, 99),
    some.integers(0, 59),
    some.integers(0, 59),
    some.integers(0, 999),
)
colors = some.from_regex("#[0-9a-f]{6}", fullmatch=True) | some.just("grey")


class TestHints:
    @settings(deadline=None)
    @given(some.none() | numbers | times, some.integers(0, 10**6), some.integers(0, 10**6), colors)
    def test_say_what_they_say(self, frame, x, y, color):
        text = f"{x},{y}={color}" if frame is None else f"{frame}:{x},{y}={color}"
        assert parse_hint(text) == Point(frame=frame, x=x, y=y, color=color)

    @settings(deadline=None)
    @given(some.floats(-128, 128), some.integers(-128, 128))
    def test_colors_may_be_numbers(self, a, b):
        found = parse_hint(f"7:1,2={a:.3f},{b}").color
        assert found == Ab(a=float(f"{a:.3f}"), b=b)

    @pytest.mark.parametrize("color", ["GREY", "Gray", "#ABCDEF"])
    def test_spell_colors_as_they_like(self, color):
        assert parse_hint(f"1,2={color}").color == color

    def test_may_have_a_radius(self):
        assert parse_hint("1:02.5:3.5,4,20=grey") == Point(
            frame="1:02.5", x=3.5, y=4, radius=20, color="grey"
        )

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "'' is no hint; use FRAME:X,Y=COLOUR, such as 120:310,95=#2f5d34"),
            ("120:310,95", "'120:310,95' is no hint"),
            ("120:310=#2f5d34", "is no hint"),
            ("120:-1,95=#2f5d34", "is no hint"),
            ("120:nan,95=#2f5d34", "is no hint"),
            ("120:310,95=green", "'green' is no colour; use #rrggbb, grey, or a and b such as"),
            ("120:310,95=#2f5d3", "'#2f5d3' is no colour"),
            ("120:310,95=200,0", "a colour's a and b are -128 to 128"),
            ("1:99:3,4=grey", "'1:99' is no time: after hours and minutes come 59 at most"),
            ("1:2:3:4:5,6=grey", "'1:2:3:4' is no time"),
            ("99999999999:5,6=grey", "is no frame; use 0 to 1,000,000,000"),
            ("5:5000000,6=grey", "is outside of any picture"),
        ],
    )
    def test_that_are_none(self, text, said):
        with pytest.raises(SettingsError) as caught:
            parse_hint(text)
        assert caught.value.subject == "--hint" and said in str(caught.value)

    @settings(deadline=None)
    @given(some.text(max_size=20) | some.from_regex("[0-9:,=#a-f.-]{0,20}"))
    def test_anything_is_read_or_refused_in_a_line(self, text):
        try:
            parse_hint(text)
        except SettingsError as error:
            assert "\n" not in str(error)


class TestFrames:
    @settings(deadline=None)
    @given(numbers)
    def test_digits_are_a_number(self, number):
        assert parse_frame(str(number)) == number

    @settings(deadline=None)
    @given(times)
    def test_others_are_times(self, time):
        assert parse_frame(time) == time and parse_time(time) >= 0

    @pytest.mark.parametrize("text", ["", "-1", "1e3", "noon", "1:", "٣"])
    def test_or_neither(self, text):
        with pytest.raises(ValueError, match="is no"):
            parse_frame(text)


class TestKeyFrames:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("120=frame.png", (120, "frame.png")),
            ("00:01:02.5=a=b.png", ("00:01:02.5", "a=b.png")),
            ("photo.png", (None, "photo.png")),
            ("a=b.png", (None, "a=b.png")),
        ],
    )
    def test_say_what_they_say(self, text, found):
        assert parse_key_frame(text) == found

    @pytest.mark.parametrize("text", ["", "120=", "1:99=a.png"])
    def test_that_are_none(self, text):
        with pytest.raises(SettingsError, match="--key-frame: "):
            parse_key_frame(text)


class TestRequest:
    @pytest.fixture
    def request_of_all(self):
        return GuideRequest(
            Path("guide.json"),
            ("3:1,2=grey",),
            ("0:01.5=frame.png", "still.png"),
            (Path("set.jpg"),),
            (Path("/photos"),),
        )

    def test_records_come_back(self, request_of_all):
        assert GuideRequest.of_record(request_of_all.record()) == request_of_all
        assert NO_GUIDE.record() == {} and GuideRequest.of_record({}) == NO_GUIDE
        assert request_of_all and not NO_GUIDE

    @pytest.mark.parametrize("record", [{"hints": ["x"]}, {"file": 3}, {"references": 3}, []])
    def test_damaged_records(self, record):
        with pytest.raises((TypeError, ValueError, AttributeError)):
            GuideRequest.of_record(record)

    def test_is_the_same_from_any_folder(self, request_of_all, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        absolute = request_of_all.absolute()
        assert absolute.file == tmp_path / "guide.json"
        assert absolute.key_frames == (f"0:01.5={tmp_path}/frame.png", f"{tmp_path}/still.png")
        assert absolute.absolute() == absolute and absolute.folders == (Path("/photos"),)

    def test_items_know_their_options(self, request_of_all):
        options = [option for option, _ in request_of_all.said()]
        assert options == [
            "--hint 3:1,2=grey",
            "--key-frame 0:01.5=frame.png",
            "--key-frame still.png",
            "--reference set.jpg",
            "--references /photos",
        ]
        assert request_of_all.is_of_one and not GuideRequest(references=(Path("a"),)).is_of_one
