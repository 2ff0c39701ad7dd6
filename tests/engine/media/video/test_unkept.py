"""What a coloured film cannot keep of its source's picture is told before the work."""

from __future__ import annotations

import av
import pytest

from kinemacolor.engine.media.video.probe import probe
from tests.engine.media.video.films import make_film

MASTERING = "hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(1,1)"


def hdr_film(path, params):
    return make_film(
        path,
        codec="libx265",
        pix_fmt="yuv420p10le",
        frames=3,  # of two, x265 leaves the decoding times undefined
        color={"color_primaries": 9, "color_trc": 16, "colorspace": 9},
        options={"x265-params": f"log-level=none:repeat-headers=1:{params}"},
    )


@pytest.mark.parametrize(
    ("params", "told"),
    [
        (f"{MASTERING}:max-cll=1000,400", "HDR metadata is not kept: mastering display, light"),
        ("max-cll=1000,400", "HDR metadata is not kept: light levels"),
    ],
)
def test_hdr_metadata(tmp_path, params, told):
    assert any(note.startswith(told) for note in probe(hdr_film(tmp_path / "a.mkv", params)).notes)


def test_transparency_of_vp9(tmp_path):
    """WebM keeps alpha beside the pictures; FFmpeg's own decoder does not look at it."""
    path = make_film(
        tmp_path / "a.mkv",
        codec="libvpx-vp9",
        pix_fmt="yuva420p",
        frames=2,
        video_metadata={"alpha_mode": "1"},
    )
    with av.open(str(path)) as film:
        assert next(film.decode(video=0)).format.name == "yuv420p"
    assert any("transparency is lost" in note for note in probe(path).notes)


def test_nothing_where_there_is_nothing(tmp_path):
    for name, pix_fmt in (("a.mkv", "yuv420p"), ("b.mkv", "yuva420p")):
        notes = probe(make_film(tmp_path / name, pix_fmt=pix_fmt, frames=2)).notes
        assert not [note for note in notes if "kept" in note or "lost" in note]
