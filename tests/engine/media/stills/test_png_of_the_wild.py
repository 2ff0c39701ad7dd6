"""PNGs with odd colours, and what is told of pictures that cannot be read."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import icc, read_still, write_still
from tests.engine.media.stills import pictures
from tests.engine.media.stills.pictures import colored, encoded, gradient, with_chunk

RGB = encoded(gradient(3), "PNG")
LINEAR = struct.pack(">I", 100_000)


def iccp(profile: bytes) -> bytes:
    return b"x\0\0" + zlib.compress(profile)


def test_chromaticities_that_make_no_colors() -> None:
    body = struct.pack(">8I", 31270, 32900, *[30000] * 6)
    for gamma in (45455, 100_000):
        data = with_chunk(with_chunk(RGB, b"cHRM", body), b"gAMA", struct.pack(">I", gamma))
        still = read_still(data, "a")
        assert np.array_equal(still.pixels, gradient(3))
        assert still.notes == ("its cHRM makes no colours: sRGB's primaries are taken",)
        assert bool(still.shown_by) == (gamma == 100_000)


@pytest.mark.parametrize("profile", [bytes(200), b"hello" * 40])
def test_gamma_holds_where_the_profile_does_not(profile: bytes) -> None:
    plain = with_chunk(RGB, b"gAMA", LINEAR)
    still = read_still(with_chunk(plain, b"iCCP", iccp(profile)), "a")
    assert still.shown_by == read_still(plain, "a").shown_by is not None
    assert any("its ICC profile does not fit" in note for note in still.notes)
    written = dict(pictures.chunks(write_still(still, colored(still.pixels))))
    assert written[b"gAMA"] == LINEAR and b"iCCP" not in written


def test_a_profile_that_fits_goes_before_gamma() -> None:
    data = with_chunk(with_chunk(RGB, b"gAMA", LINEAR), b"iCCP", iccp(icc.SRGB))
    still = read_still(data, "a")
    assert still.icc == icc.SRGB and still.shown_by is None and not still.notes


def test_a_missing_palette() -> None:
    data = encoded(Image.fromarray(gradient()).convert("P"), "PNG")
    at = data.index(b"PLTE") - 4
    end = at + 12 + int.from_bytes(data[at : at + 4], "big")
    for salvage in (False, True):
        with pytest.raises(MediaError, match=r"damaged: its palette is missing$"):
            read_still(data[:at] + data[end:], "a", salvage=salvage)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WebP"])
def test_bytes_before_a_picture(format: str) -> None:
    with pytest.raises(MediaError, match=f"a {format} begins at byte 3 of it; cut off"):
        read_still(b"\xef\xbb\xbf" + encoded(gradient(3), format), "a")


def test_what_of_a_webp_is_not_kept() -> None:
    data = encoded(gradient(3), "WEBP", lossless=True, exif=pictures.exif())
    data += b"ABCD" + struct.pack("<I", 4) + b"data"
    data = data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    assert read_still(data, "a").notes == ("its chunk 'ABCD' is not kept",)


@pytest.mark.parametrize("salvage", [False, True])
def test_a_tiff_of_no_rows(salvage: bool) -> None:
    data = bytearray(encoded(gradient(), "TIFF"))
    entry = data.index(struct.pack("<HH", 278, 4))
    data[entry + 8 : entry + 12] = bytes(4)
    with pytest.raises(MediaError) as refusal:
        read_still(bytes(data), "a", salvage=salvage)
    assert "self." not in str(refusal.value)
    assert ("--salvage keeps" in str(refusal.value)) != salvage
