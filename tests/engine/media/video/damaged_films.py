"""Films of many codecs, read whole, refused and indexed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.index import FilmIndex, index_film
from kinemacolor.engine.media.video.probe import VideoInfo, probe
from kinemacolor.engine.media.video.reader import DecodedFrame, read_frames
from tests.engine.media.video.damaging import (
    H264,
    MJPEG,
    MPEG2,
)
from tests.engine.media.video.films import make_film

INTRA = {
    "ffv1.mkv": {"codec": "ffv1", "options": {"slices": "4", "g": "1"}},
    "ffv1.nut": {"codec": "ffv1", "options": {"slices": "4", "g": "1"}},
    "prores.mov": {"codec": "prores_ks", "pix_fmt": "yuv422p10le"},
    "mjpeg.avi": MJPEG | {"time_base": Fraction(1, 24)},
    "utvideo.avi": {"codec": "utvideo", "pix_fmt": "yuv422p", "time_base": Fraction(1, 24)},
    "huffyuv.avi": {"codec": "huffyuv", "pix_fmt": "yuv422p", "time_base": Fraction(1, 24)},
    "png.mov": {"codec": "png", "pix_fmt": "gray16be"},
}


INTER = {
    "h264.mkv": H264,
    "h264.mp4": H264,
    "hevc.mkv": {
        "codec": "libx265",
        "pix_fmt": "yuv420p",
        "options": {"x265-params": "log-level=none:keyint=12:pools=1"},
    },
    "mpeg2.mkv": MPEG2,
    "mpeg4.avi": {
        "codec": "mpeg4",
        "pix_fmt": "yuv420p",
        "options": {"g": "12", "bf": "2"},
        "time_base": Fraction(1, 24),
    },
    "vp9.mkv": {"codec": "libvpx-vp9", "pix_fmt": "yuv420p", "options": {"cpu-used": "8"}},
    "ffv1_long.mkv": {"codec": "ffv1", "options": {"g": "12", "slices": "4"}},
}


COUNT = 36


def film(folder: Path, name: str) -> Path:
    made = INTRA | INTER
    return make_film(folder / name, **({"frames": COUNT, "size": (160, 128)} | made[name]))


def read_whole(path: Path) -> list[DecodedFrame]:
    with_notes = read_frames(probe(path))
    frames = list(with_notes)
    assert with_notes.notes == ()
    return frames


def indexed(info: VideoInfo, *, salvage: bool = True) -> FilmIndex:
    return index_film(info, salvage=salvage, begins_shot=lambda frame: frame.index == 0)


def refused(path: Path, *words: str) -> str:
    with pytest.raises(MediaError) as error:
        for _ in read_frames(probe(path)):
            pass
    line = str(error.value)
    assert "\n" not in line
    assert all(word in line for word in (path.name, "--salvage", *words)), line
    return line
