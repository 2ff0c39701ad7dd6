"""What says how a film's picture is to be shown: shape, colour tags, fields."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film, pictures_of

VIDEO = {"codec": "libx264", "pix_fmt": "yuv420p"}


class TestGeometry:
    @pytest.mark.parametrize("codec", ["h264", "ffv1"])
    @pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
    def test_aspect_and_rotation_are_kept(self, tmp_path, suffix, codec):
        source = make_film(tmp_path / f"in{suffix}", **VIDEO, rotation=90, aspect=Fraction(16, 11))
        done = pass_film(source, tmp_path, Settings(codec=codec))
        assert done.info.rotation == 90
        assert done.info.sample_aspect_ratio == Fraction(16, 11)
        after = pictures_of(done.target)[0].frame
        assert after.rotation == 90
        assert (after.width, after.height) == (64, 48)
        with av.open(str(done.target)) as film:
            assert film.streams.video[0].sample_aspect_ratio == Fraction(16, 11)


class TestColorTags:
    TAGS = ("color_range", "colorspace", "color_primaries", "color_trc")

    @pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "ffv1", "prores"])
    @pytest.mark.parametrize(
        ("given", "encoding"),
        [
            ((1, 1, 1, 1), ("bt709", "bt709", False)),
            ((1, 6, 6, 6), ("bt601", "smpte170m", False)),
            ((1, 5, 5, 6), ("bt601", "bt470bg", False)),
            ((1, 9, 9, 14), ("bt2020", "bt2020", False)),
            ((2, 1, 1, 13), ("bt709", "bt709", True)),
        ],
    )
    def test_are_kept(self, tmp_path, codec, given, encoding):
        source = make_film(
            tmp_path / "in.mkv", **VIDEO, color=dict(zip(self.TAGS, given, strict=True))
        )
        done = pass_film(source, tmp_path, Settings(codec=codec))
        read = done.info.encoding
        assert (read.matrix, read.primaries, read.full_range) == encoding
        frame = pictures_of(done.target)[0].frame
        tags = tuple(getattr(frame, name) for name in self.TAGS)
        if codec == "prores" and given[0] == 2:  # has no such flag; Matroska's is kept
            assert tags[1:] == given[1:]
        else:
            assert tags == given
        assert not [note for note in done.info.notes if "untagged" in note]

    @pytest.mark.parametrize("codec", ["h264", "ffv1"])
    @pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
    def test_stay_unspecified(self, tmp_path, suffix, codec):
        source = make_film(tmp_path / f"in{suffix}", **VIDEO)
        done = pass_film(source, tmp_path, Settings(codec=codec))
        frame = pictures_of(done.target)[0].frame
        assert [getattr(frame, name) for name in self.TAGS] == [0, 2, 2, 2]
        assert any("untagged" in note for note in done.info.notes)

    @pytest.mark.parametrize(("lines", "matrix"), [(576, "bt601"), (578, "bt709")])
    def test_that_are_missing_are_taken_by_height(self, tmp_path, lines, matrix):
        info = probe(make_film(tmp_path / "in.mkv", **VIDEO, size=(64, lines), frames=1))
        assert (info.encoding.matrix, info.encoding.full_range) == (matrix, False)

    @pytest.mark.parametrize(("codec", "pix_fmt"), [("ffv1", "gray"), ("mjpeg", "yuvj420p")])
    def test_say_full_range_where_the_format_does(self, tmp_path, codec, pix_fmt):
        source = make_film(tmp_path / "in.mkv", codec=codec, pix_fmt=pix_fmt)
        done = pass_film(source, tmp_path)
        assert done.info.encoding.full_range
        assert pictures_of(done.target)[0].frame.color_range == 2


class TestInterlaced:
    @pytest.mark.parametrize("order", ["tff", "bff"])
    @pytest.mark.parametrize(
        ("suffix", "codec"),
        [
            (".mkv", "h264"),
            (".mkv", "ffv1"),
            (".mkv", "prores"),
            (".mov", "h264"),
            (".mov", "prores"),
            (".mp4", "ffv1"),
        ],
    )
    def test_flags_are_kept(self, tmp_path, suffix, codec, order):
        source = make_film(tmp_path / f"in{suffix}", **VIDEO, interlaced=order)
        done = pass_film(source, tmp_path, Settings(codec=codec))
        assert done.info.interlaced
        assert any("interlaced" in note for note in done.info.notes)
        for path in (source, done.target):
            pictures = pictures_of(path)
            assert all(p.frame.interlaced_frame for p in pictures)
            assert {field_order(p.frame) for p in pictures} == {order}

    def test_progressive_stays_progressive(self, tmp_path):
        done = pass_film(make_film(tmp_path / "in.mkv", **VIDEO), tmp_path)
        assert not done.info.interlaced
        assert not any(p.frame.interlaced_frame for p in pictures_of(done.target))

    def test_a_codec_without_flags_is_named(self, tmp_path):
        source = make_film(tmp_path / "in.mkv", **VIDEO, interlaced="tff")
        done = pass_film(source, tmp_path, Settings(codec="hevc"))
        assert any("does not mark" in note for note in done.writer.notes)


def field_order(frame) -> str:
    """PyAV does not tell; FFmpeg's filter that separates fields starts with the first in time."""
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
    )
    graph.link_nodes(source, graph.add("separatefields"), graph.add("buffersink")).configure()
    graph.push(frame)
    first = graph.pull()
    rows = [
        np.frombuffer(f.planes[0], np.uint8).reshape(f.planes[0].height, -1) for f in (frame, first)
    ]
    starts_with_top = np.array_equal(rows[1][0, :64], rows[0][0, :64])
    return "tff" if starts_with_top else "bff"
