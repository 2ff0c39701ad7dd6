"""Metadata of JPEG files in odd places and sizes."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from kinemacolor.engine.media.stills import read_still, write_still
from kinemacolor.engine.media.stills.still import Still
from tests.engine.media.stills import pictures
from tests.engine.media.stills.pictures import colored, encoded, gradient, with_segment

APP1, COMMENT = 0xE1, 0xFE
PLAIN = encoded(gradient(), "JPEG", dpi=(300, 200))
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + bytes(8) + b"<x/>"


def rewritten(data: bytes) -> tuple[Still, bytes]:
    still = read_still(data, "a")
    return still, write_still(still, colored(still.pixels), provenance={"model": "m" * 200})


def test_a_comment_before_jfif_keeps_the_density() -> None:
    _, written = rewritten(with_segment(PLAIN, COMMENT, b"first"))
    with Image.open(io.BytesIO(written)) as image:
        assert image.info["dpi"] == (300, 200) and image.info["comment"] == b"first"


def test_exif_in_several_segments() -> None:
    block = pictures.exif().removeprefix(b"Exif\0\0") + bytes(range(256)) * 600
    data = PLAIN
    for at in reversed(range(0, len(block), 65_000)):
        data = with_segment(data, APP1, b"Exif\0\0" + block[at : at + 65_000])
    still, written = rewritten(data)
    assert still.exif == block and not still.notes
    assert read_still(written, "a").exif == block


@pytest.mark.parametrize(
    ("first", "second", "called"),
    [
        (pictures.exif(), pictures.exif(orientation=3), "EXIF"),
        (*(b"http://ns.adobe.com/xap/1.0/\0" + pictures.XMP + end for end in (b"", b" ")), "XMP"),
    ],
)
def test_a_second_block_is_told(first: bytes, second: bytes, called: str) -> None:
    alike = with_segment(with_segment(PLAIN, APP1, first), APP1, first)
    assert read_still(alike, "a").notes == ()
    other = with_segment(with_segment(PLAIN, APP1, second), APP1, first)
    assert read_still(other, "a").notes == (f"a second block of {called} is not kept",)


@pytest.mark.parametrize("size", [30_000, 64_000])
def test_a_full_packet_with_an_extension(size: int) -> None:
    packet = pictures.XMP.replace(b"Br", b"B" * (size - len(pictures.XMP)))
    data = with_segment(PLAIN, APP1, EXTENSION)
    still, written = rewritten(with_segment(data, APP1, b"http://ns.adobe.com/xap/1.0/\0" + packet))
    after = read_still(written, "a").xmp
    full = size > 60_000
    assert any("no room for provenance" in note for note in still.notes) == full
    assert EXTENSION in written and (after == packet) == full
    assert (b"mmm" in written) != full
