"""DNxHR in QuickTime, for editing programs."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.codecs import encoder_options
from kinemacolor.engine.media.video.pixel_formats import describe
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film, pictures_of

DNXHR = Settings(codec="dnxhr")
SIZE = (258, 124)  # hardly more than the smallest


@pytest.mark.parametrize(
    ("source", "written", "profile"),
    [
        ("gray", "yuv422p", "dnxhr_hq"),
        ("yuv420p10le", "yuv422p10le", "dnxhr_hqx"),
        ("yuv444p10le", "yuv444p10le", "dnxhr_444"),
    ],
)
def test_profile_is_by_depth_and_chroma(tmp_path, source, written, profile):
    film = make_film(tmp_path / "in.mkv", pix_fmt=source, size=SIZE, frames=2)
    done = pass_film(film, tmp_path, DNXHR)
    assert done.target.suffix == ".mov" and done.spec.pix_fmt == written
    assert encoder_options("dnxhr", describe(written), SIZE)["profile"] == profile
    with av.open(str(done.target)) as result:
        video = result.streams.video[0]
        assert (video.codec.name, video.codec_context.codec_tag) == ("dnxhd", "AVdh")


def test_luma_is_close_and_times_are_exact(tmp_path):
    pts = [0, 3, 4, 9, 17, 18]
    film = make_film(
        tmp_path / "in.mov",
        codec="libx264",
        pix_fmt="yuv420p",
        size=SIZE,
        frames=len(pts),
        pts=pts,
        time_base=Fraction(1001, 30000),
        color={"color_range": 1},
    )
    done = pass_film(film, tmp_path, DNXHR)
    before, after = pictures_of(film), pictures_of(done.target)
    assert [picture.time for picture in after] == [picture.time for picture in before]
    for old, new in zip(before, after, strict=True):
        assert np.abs(new.planes[0].astype(float) - old.planes[0]).mean() < 2


def test_fields_are_not_marked_and_told(tmp_path):
    film = make_film(
        tmp_path / "in.mkv", codec="libx264", pix_fmt="yuv420p", size=SIZE, interlaced="tff"
    )
    done = pass_film(film, tmp_path, DNXHR)
    assert any("dnxhr does not mark frames as interlaced" in note for note in done.writer.notes)


def test_too_small_a_picture_is_refused(tmp_path):
    film = make_film(tmp_path / "in.mkv", size=(254, 120))
    with pytest.raises(MediaError, match="dnxhr refuses 254x120 yuv422p; use --codec ffv1"):
        pass_film(film, tmp_path, DNXHR)
