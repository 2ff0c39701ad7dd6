"""Which field is first stays so, in the codec's frames and in the container, whoever says it."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest

from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film, pictures_of
from tests.engine.media.video.raw_dv import write_raw_dv
from tests.engine.media.video.test_picture import field_order

SHOWN_FIRST = {"tff": (2, 5), "bff": (3, 4)}  # AVFieldOrder


def stated(path):
    with av.open(str(path)) as film:
        return film.streams.video[0].codec_context.field_order


@pytest.mark.parametrize("container", ["mkv", "mov", "mp4"])
@pytest.mark.parametrize("codec", ["h264", "ffv1", "prores"])
@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize("source_codec", ["libx264", "ffv1", "jpeg2000"])
def test_stays(tmp_path, source_codec, order, codec, container):
    if (codec, container) in (("ffv1", "mov"), ("prores", "mp4")):
        pytest.skip("is no combination")
    source = make_film(
        tmp_path / ("in.mov" if source_codec == "jpeg2000" else "in.mkv"),
        codec=source_codec,
        pix_fmt="gray" if source_codec == "jpeg2000" else "yuv420p",
        interlaced=order,
        options={"x264-params": f"{order}=1"} if source_codec == "libx264" else {},
        frames=3,
    )
    done = pass_film(source, tmp_path, Settings(codec=codec, container=container))
    assert done.info.interlaced
    assert stated(done.target) in SHOWN_FIRST[order]
    if (source_codec, codec) == ("jpeg2000", "ffv1"):
        return  # JPEG 2000 marks no frame, and FFV1 has what the frames say
    assert {field_order(shown.frame) for shown in pictures_of(done.target)} == {order}


@pytest.mark.parametrize("codec", ["h264", "ffv1", "prores"])
def test_of_dv_is_bottom_first(tmp_path, codec):
    """Its container says nothing; the first frame does."""
    source = write_raw_dv(tmp_path / "in.dv", frames=2, rate=25)
    assert probe(source).field_order == 3
    done = pass_film(source, tmp_path, Settings(codec=codec))
    assert stated(done.target) in SHOWN_FIRST["bff"]
    assert {field_order(shown.frame) for shown in pictures_of(done.target)} == {"bff"}


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize("stated_order", [9, 14])  # one field is stored first, the other shown
def test_is_that_of_the_frames_where_the_container_has_two(tmp_path, order, stated_order):
    source = make_film(
        tmp_path / "in.mov",
        codec="prores_ks",
        pix_fmt="yuv422p10le",
        interlaced=order,
        options={"flags": "+ildct"},
        frames=2,
    )
    content = bytearray(source.read_bytes())
    content[content.index(b"fiel") + 5] = stated_order
    source.write_bytes(content)
    assert stated(source) in (4, 5)
    assert {field_order(shown.frame) for shown in pictures_of(source)} == {order}
    done = pass_film(source, tmp_path, Settings(codec="h264", container="mov"))
    assert stated(done.target) in SHOWN_FIRST[order]
    assert {field_order(shown.frame) for shown in pictures_of(done.target)} == {order}


def test_of_a_progressive_film_is_none(tmp_path):
    source = make_film(tmp_path / "in.mkv", codec="libx264", pix_fmt="yuv420p", rate=Fraction(25))
    assert not probe(source).interlaced
    assert stated(pass_film(source, tmp_path).target) in (0, 1)
