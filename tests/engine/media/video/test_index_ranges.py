"""Ranges of films: which films have some, and that they decode to the frames of one reading."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from kinemacolor.engine.media.index_range import IndexRange
from kinemacolor.engine.media.video.index_ranges import RangeError, plan_ranges, read_index_range
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames

FRAMES = 50
X265 = "log-level=none:qp=16:keyint=8:min-keyint=8:open-gop=0"


def film(path, codec="libx264", gop=8, options=None, times=range(FRAMES), still=False, **stream):
    """Noise that moves, or stands still; its frames at `times` in 25ths of a second."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (64, 64 + FRAMES), np.uint8)
    with av.open(str(path), "w") as output:
        video = output.add_stream(codec, 25, options=options or {})
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        video.gop_size = gop
        video.time_base = video.codec_context.time_base = Fraction(1, 25)
        for name, value in stream.items():
            setattr(video.codec_context, name, value)
        for number, time in enumerate(times):
            planes = np.full((96, 64), 128, np.uint8)
            planes[:64] = noise[:, :64] if still else noise[:, number : number + 64]
            frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
            frame.pts, frame.time_base = time, Fraction(1, 25)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
    return path


def facts(frame, pts):
    return frame.index, pts, frame.av_frame.duration, frame.luma.tobytes()


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("x264.mp4", {}),
        ("x264.mkv", {}),
        ("x264.ts", {}),
        ("still.mp4", {"still": True}),  # packets of a few bytes
        ("x264.mov", {"times": [n + (n > 20) * 7 for n in range(FRAMES)]}),
        ("x265.mkv", {"codec": "libx265", "options": {"x265-params": X265}}),
        ("mpeg4.avi", {"codec": "mpeg4"}),
        ("mpeg2.mpg", {"codec": "mpeg2video"}),
        ("ffv1.mkv", {"codec": "ffv1", "gop": 1}),
        ("ffv1.avi", {"codec": "ffv1"}),
        ("open.mkv", {"options": {"x264-params": "open-gop=1:bframes=3:scenecut=0"}}),
        ("vp9.webm", {"codec": "libvpx-vp9", "options": {"cpu-used": "8"}}),
    ],
)
def test_ranges_give_the_frames_of_one_reading(tmp_path, name, made):
    info = probe(film(tmp_path / name, **made))
    ranges = plan_ranges(info, 12)
    assert len(ranges) >= 3
    assert [part.first for part in ranges[1:]] == [part.stop for part in ranges[:-1]]
    assert ranges[0].first == 0 and ranges[-1].stop == FRAMES
    assert all(part.stop - part.first >= 12 for part in ranges[:-1])
    whole = [facts(frame, frame.av_frame.pts) for frame in read_frames(info)]
    found = [facts(frame, frame.pts) for part in ranges for frame in read_index_range(info, part)]
    assert found == whole


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("one_key.mp4", {"gop": 250}),
        ("short.mp4", {"times": range(15)}),
        ("reordered.avi", {}),  # its times are guessed
    ],
)
def test_films_that_are_read_in_one_go(tmp_path, name, made):
    assert plan_ranges(probe(film(tmp_path / name, **made)), 12) == []


def test_a_film_that_is_cut_short(tmp_path):
    path = film(tmp_path / "film.mkv")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert plan_ranges(probe(path), 12) == []


def test_a_film_joined_from_two(tmp_path):
    path = film(tmp_path / "film.ts")
    path.write_bytes(path.read_bytes() * 2)
    assert plan_ranges(probe(path), 12) == []


@pytest.mark.parametrize("change", [{"begins": 3}, {"stop": 17}, {"ends": 17}, {"begins": 17}])
def test_what_is_not_as_promised(tmp_path, change):
    info = probe(film(tmp_path / "film.mkv", codec="mpeg4"))
    _, part, *_ = plan_ranges(info, 12)
    period = info.frame_period
    told = {name: value * (1 if name == "stop" else period) for name, value in change.items()}
    with pytest.raises(RangeError):
        list(read_index_range(info, IndexRange(**{**vars(part), **told})))


def test_damage_within_a_range(tmp_path):
    path = film(tmp_path / "film.mkv", codec="ffv1", gop=1, options={"slicecrc": "1"}, level=3)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8] = bytes(8)
    path.write_bytes(data)
    info = probe(path)
    doubtful = 0
    for part in plan_ranges(info, 12):
        try:
            list(read_index_range(info, part))
        except RangeError:
            doubtful += 1
    assert 1 <= doubtful <= 2  # decoders work ahead, over the end of a range
