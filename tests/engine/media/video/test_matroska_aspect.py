"""The pixel aspect that goes into a Matroska file after it is written."""

from __future__ import annotations

import zlib
from fractions import Fraction

import av
import pytest

from kinemacolor.engine.media.video.ebml import element_head
from kinemacolor.engine.media.video.matroska_aspect import write_aspect
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film, tracks_of

PLAIN = {"codec": "libx264", "pix_fmt": "yuv420p", "frames": 3}
MARKED = {
    "rotation": 90,
    "interlaced": "tff",
    "video_metadata": {"title": "Bild " * 40},
    "color": {"color_range": 1, "colorspace": 6, "color_primaries": 5, "color_trc": 6},
}


@pytest.mark.parametrize(
    "aspect",
    [Fraction(12, 11), Fraction(64, 45), Fraction(1), Fraction(8, 9), Fraction(2), Fraction(1, 3)],
)
@pytest.mark.parametrize("codec", ["ffv1", "av1", "prores"])
@pytest.mark.parametrize("more", [{}, MARKED], ids=["plain", "marked"])
def test_is_read_back(tmp_path, aspect, codec, more):
    source = make_film(
        tmp_path / "in.mkv", **PLAIN, aspect=aspect, size=(72, 60), audio=["flac"], **more
    )
    done = pass_film(source, tmp_path, Settings(codec=codec))
    assert not [note for note in done.writer.notes if "aspect" in note]
    assert checksum_holds(done.target.read_bytes())
    with av.open(str(done.target)) as film:
        video = film.streams.video[0]
        assert video.sample_aspect_ratio == aspect
        assert (video.width, video.height) == (72, 60)
        assert len(film.streams) == 2
        assert len([p for p in film.demux(video) if p.size]) == 3


def tracks_start(raw: bytes) -> int:
    """The Tracks element comes after the Info element, which lies behind the first void."""
    return raw.index(b"\x16\x54\xae\x6b", raw.index(b"\x15\x49\xa9\x66", 120))


def checksum_holds(raw: bytes) -> bool:
    _, length, at = element_head(raw, tracks_start(raw))
    assert raw[at : at + 2] == b"\xbf\x84"
    return int.from_bytes(raw[at + 2 : at + 6], "little") == zlib.crc32(raw[at + 6 : at + length])


def test_changes_nothing_but_the_track_entry(tmp_path):
    path = make_film(tmp_path / "in.mkv", frames=3, audio=["flac"])
    raw, tracks = path.read_bytes(), tracks_of(path)
    assert write_aspect(path, 1, Fraction(4, 3))
    new = path.read_bytes()
    assert len(new) == len(raw)
    changed = [i for i, (a, b) in enumerate(zip(raw, new, strict=True)) if a != b]
    start = tracks_start(raw)
    assert checksum_holds(raw)
    assert checksum_holds(new)
    assert start < changed[0] < changed[-1] < start + 400
    assert tracks_of(path) == tracks


@pytest.mark.parametrize("content", [b"", b"no film at all" * 20, b"\x1a\x45\xdf\xa3\x80"])
def test_leaves_other_files_alone(tmp_path, content):
    path = tmp_path / "x.mkv"
    path.write_bytes(content)
    assert not write_aspect(path, 1, Fraction(4, 3))
    assert path.read_bytes() == content


def test_has_no_place_without_a_void(tmp_path):
    path = make_film(tmp_path / "in.mkv", frames=1)
    raw = path.read_bytes()
    void = b"\xec\x01" + bytes(6) + b"\x02" + bytes(2)
    assert raw.count(void) == 1
    # Element 0xBF00 is unknown to everyone, so that it must stay.
    path.write_bytes(raw.replace(void, b"\x42\xbf\x88" + bytes(8)))
    before = path.read_bytes()
    assert not write_aspect(path, 1, Fraction(4, 3))
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", ["left_right", "top_bottom", "right_left", "bottom_top"])
@pytest.mark.parametrize("codec", ["ffv1", "h264"])
def test_of_a_stereo_film_is_that_of_the_whole_picture(tmp_path, mode, codec):
    """Matroska states one eye's; readers put both together again."""
    source = make_film(
        tmp_path / "in.mkv",
        **PLAIN,
        size=(96, 48),
        aspect=Fraction(1),
        video_metadata={"stereo_mode": mode},
    )
    done = pass_film(source, tmp_path, Settings(codec=codec))
    for path in (source, done.target):
        with av.open(str(path)) as film:
            video = film.streams.video[0]
            assert video.metadata["stereo_mode"] == mode
            assert video.sample_aspect_ratio == 1
