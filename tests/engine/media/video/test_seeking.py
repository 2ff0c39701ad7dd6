"""Parts of films read alone: the frames of a reading of the whole, however badly one can seek."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video import seeking
from kinemacolor.engine.media.video.index import FilmIndex, index_film
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.seeking import read_range
from kinemacolor.models.errors import KinemacolorError
from tests.engine.media.video.films import make_film

FRAMES = 60
SOURCES = {
    "h264.mkv": {"codec": "libx264", "pix_fmt": "yuv420p", "options": {"g": "12", "bf": "3"}},
    "open.mp4": {
        "codec": "libx264",
        "pix_fmt": "yuv420p",
        "options": {"g": "12", "x264-params": "open-gop=1:bframes=3"},
    },
    "hevc.mp4": {"codec": "libx265", "pix_fmt": "yuv420p", "options": {"g": "12"}},
    "mpeg2.ts": {"codec": "mpeg2video", "pix_fmt": "yuv420p", "options": {"g": "12", "bf": "2"}},
    "mpeg4.avi": {"codec": "mpeg4", "pix_fmt": "yuv420p", "options": {"g": "12", "bf": "2"}},
    "ffv1.mkv": {},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
}


def source(folder, name):
    more = {"time_base": Fraction(1, 24)} if name.endswith(("avi", "ts")) else {}
    return make_film(folder / name, frames=FRAMES, **SOURCES[name] | more)


def indexed(path, salvage=False):
    info = probe(path)
    return info, index_film(info, salvage=salvage, begins_shot=lambda frame: frame.index == 0)


def same(part, whole):
    assert [f.index for f in part] == [f.index for f in whole]
    assert [(f.pts, f.duration) for f in part] == [(f.pts, f.duration) for f in whole]
    for one, other in zip(part, whole, strict=True):
        np.testing.assert_array_equal(one.luma, other.luma)


@pytest.mark.parametrize("name", SOURCES)
def test_is_that_of_the_whole(tmp_path, name):
    info, index = indexed(source(tmp_path, name))
    whole = list(read_frames(info))
    assert len(index.pts) == len(whole) == FRAMES
    for start, stop in ((0, 60), (0, 1), (11, 14), (12, 13), (25, 49), (59, 60)):
        same(list(read_range(info, index, start, stop)), whole[start:stop])


@pytest.mark.parametrize("name", ["h264.mkv", "ffv1.mkv"])
def test_does_not_decode_all_that_lies_before(tmp_path, monkeypatch, name):
    info, index = indexed(source(tmp_path, name))

    def never(*_args, **_more):
        raise AssertionError("read from the beginning")

    monkeypatch.setattr(seeking, "FilmReader", never)
    assert len(list(read_range(info, index, 40, 50))) == 10


@pytest.mark.parametrize(
    "lie",
    [
        lambda index: replace(index, source_pts=[None] * FRAMES),
        lambda index: replace(index, source_pts=[t + 10**6 for t in index.source_pts]),
        lambda index: replace(index, source_pts=index.source_pts[::-1]),
        lambda index: replace(index, source_pts=[index.source_pts[0]] * FRAMES),
    ],
)
def test_is_found_where_seeking_fails(tmp_path, lie):
    info, index = indexed(source(tmp_path, "h264.mkv"))
    whole = list(read_frames(info))
    same(list(read_range(info, lie(index), 31, 44)), whole[31:44])


def test_around_damage(tmp_path):
    """Decoders mend damage from what went before, so damaged frames alone may differ."""
    path = source(tmp_path, "h264.mkv")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = b"\x55" * 200
    path.write_bytes(content)
    info, index = indexed(path, salvage=True)
    whole = list(read_frames(info, salvage=True))
    assert 20 < len(whole) == len(index.pts)
    assert 0 < index.missing + len(index.damaged) < 40
    for start in range(0, len(whole), 5):
        stop = min(start + 5, len(whole))
        part, again = (list(read_range(info, index, start, stop, salvage=True)) for _ in range(2))
        same(again, part)
        assert [(f.index, f.pts) for f in part] == [(f.index, f.pts) for f in whole[start:stop]]
        kept = [frame for frame in part if frame.index not in index.damaged]
        same(kept, [frame for frame in whole[start:stop] if frame.index not in index.damaged])


def test_of_another_film(tmp_path):
    info, index = indexed(source(tmp_path, "h264.mkv"))
    index = replace(index, luma_crc32=[n ^ 1 for n in index.luma_crc32], source="another")
    for salvage in (False, True):
        with pytest.raises(MediaError, match=r"h264\.mkv: has changed"):
            list(read_range(info, index, 30, 40, salvage=salvage))


def test_of_frames_that_come_out_otherwise_each_time(tmp_path):
    """As in HEVC, whose decoder leaves damaged parts of a picture as its memory was."""
    info, index = indexed(source(tmp_path, "h264.mkv"))
    index.luma_crc32[33] ^= 1
    message = r"h264\.mkv: is damaged: frame 33 decodes differently each time; --salvage keeps"
    with pytest.raises(MediaError, match=message):
        list(read_range(info, index, 30, 40))
    part = list(read_range(info, index, 30, 40, salvage=True))
    same(part, list(read_frames(info))[30:40])
    assert [frame.index for frame in part if frame.damaged] == [33]


class TestAnIndex:
    def test_is_kept(self, tmp_path):
        _, index = indexed(source(tmp_path, "ffv1.mkv"))
        index.write(tmp_path / "index.json")
        assert FilmIndex.read(tmp_path / "index.json") == index

    def test_of_the_first_version_is_read(self, tmp_path):
        """Its file has other keys, and no schema."""
        old = {
            "times": [0, 1],
            "durations": [1, 1],
            "stated": [0, None],
            "checks": [7, 8],
            "shots": [0],
            "missing": 0,
            "notes": ["a note"],
        }
        path = tmp_path / "index.json"
        path.write_text(json.dumps(old))
        assert FilmIndex.read(path) == FilmIndex(
            [0, 1], [1, 1], [0, None], [7, 8], [0], 0, ("a note",)
        )

    @pytest.mark.parametrize(
        "content", ["", "[]", "[1, 2]", "7", '{"schema": 1}', '{"schema": 2, "notes": []}']
    )
    def test_that_cannot_be_read_is_refused_in_one_line(self, tmp_path, content):
        path = tmp_path / "index.json"
        path.write_text(content)
        with pytest.raises(KinemacolorError, match=r"index\.json: is no film's index; remove it"):
            FilmIndex.read(path)
