"""TIFFs whose data is damaged: told, salvaged with a note, and whole ones never called so."""

from __future__ import annotations

import io

import numpy as np
import pytest
import tifffile
from PIL import Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import read_still
from tests.engine.media.stills.pictures import encoded, gradient, tiff

HEIGHT, WIDTH = 48, 64
BYTE, SHORT, LONG, RATIONAL, SRATIONAL, FLOAT = 1, 3, 4, 5, 10, 11
BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, COLORMAP, EXTRA = 258, 259, 262, 277, 320, 338


def _flipped(data: bytes, share: float = 0.4) -> bytes:
    """A file with one bit of its picture's data flipped."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        part = len(page.dataoffsets) // 2
        at = page.dataoffsets[part] + round(page.databytecounts[part] * share)
    return data[:at] + bytes([data[at] ^ 0x24]) + data[at + 1 :]


def _detailed() -> np.ndarray:
    random = np.random.default_rng(1)
    noise = random.integers(-20, 20, (160, 240))
    return np.clip(gradient(size=(160, 240)).astype(int) + noise, 0, 255).astype(np.uint8)


def damaged() -> dict[str, bytes]:
    detailed = _detailed()
    line = Image.fromarray(detailed).convert("1")
    rows = {"photometric": "minisblack", "rowsperstrip": 32}
    packed = tiff(np.repeat(detailed, 3, axis=1), compression="packbits", **rows)
    with tifffile.TiffFile(io.BytesIO(packed)) as file:
        at = file.pages.first.dataoffsets[1]
    shorter = bytearray(packed)
    for place in range(at, at + 40, 2):  # runs of three become runs of two
        if shorter[place] == 0xFE:
            shorter[place] = 0xFF
    return {
        "group 4": _flipped(encoded(line, "TIFF", compression="group4")),
        "group 3": _flipped(encoded(line, "TIFF", compression="group3")),
        "deflate": _flipped(tiff(detailed, compression="zlib", **rows)),
        "LZW": _shortened(tiff(detailed, compression="lzw", **rows)),
        "PackBits": bytes(shorter),
        "JPEG": _shortened(tiff(detailed, compression="jpeg", **rows)),
        "the end missing": _cut(tiff(detailed, **rows)),
    }


def _shortened(data: bytes) -> bytes:
    """A file one of whose strips has lost a piece, and zeros behind it instead."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        at, count = page.dataoffsets[2], page.databytecounts[2]
    part = data[at : at + count]
    tail = part[-2:] if part.endswith(b"\xff\xd9") else b""
    return data[:at] + (part[: count // 2] + tail).ljust(count, b"\0") + data[at + count :]


def _cut(data: bytes) -> bytes:
    """A file whose directory stands first and whose last strips are missing."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        assert file.pages.first.offset < file.pages.first.dataoffsets[0]
        return data[: file.pages.first.dataoffsets[3]]


@pytest.mark.parametrize("case", damaged())
class TestDamage:
    def test_is_told(self, case: str, capfd: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(MediaError, match=r"^a\.tif: the TIFF is .*--salvage"):
            read_still(damaged()[case], "a.tif")
        assert capfd.readouterr().err == ""

    def test_is_salvaged_with_a_note(self, case: str) -> None:
        still = read_still(damaged()[case], "a.tif", salvage=True)
        assert any("coloured as far as it could be decoded" in note for note in still.notes)
        top = 10 if "group" in case else 32  # before the damage
        expected = _detailed()
        if "group" in case:
            expected = np.asarray(Image.fromarray(expected).convert("1")).astype(np.uint8) * 255
        if case == "PackBits":
            expected = np.repeat(expected, 3, axis=1)
        worst = np.abs(still.pixels[:top].astype(int) - expected[:top]).max()
        assert worst <= (40 if case == "JPEG" else 0)


@pytest.mark.parametrize(
    ("compression", "predictor"),
    [
        (None, False),
        ("zlib", False),
        ("zlib", True),
        ("lzw", False),
        ("lzw", True),
        ("packbits", False),
    ],
)
def test_a_strip_that_breaks_off_is_salvaged(compression: str | None, predictor: bool) -> None:
    """Scanners write a picture as one strip: it became black, and was called done."""
    data = tiff(
        _detailed(), photometric="minisblack", compression=compression, predictor=predictor or None
    )
    cut = data[: len(data) * 3 // 4]
    with pytest.raises(MediaError, match="truncated"):
        read_still(cut, "a.tif")
    still = read_still(cut, "a.tif", salvage=True)
    assert np.array_equal(still.pixels[:100], _detailed()[:100])
    assert any("as far as it could be decoded" in note for note in still.notes)


def test_a_strip_of_which_nothing_is_left_is_refused() -> None:
    data = tiff(_detailed(), photometric="minisblack", compression="zlib")
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        cut = data[: file.pages.first.dataoffsets[0] + 1]
    with pytest.raises(MediaError, match="nothing of the TIFF can be decoded"):
        read_still(cut, "a.tif", salvage=True)


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_lzw", "packbits", "jpeg"])
def test_whole_files_of_libtiff_are_whole(compression: str) -> None:
    picture = Image.fromarray(_detailed())
    picture = picture.convert("1") if "group" in compression else picture
    for options in (
        {},
        {"tiffinfo": {266: 2}},
        {"tiffinfo": {278: 7 if "jpeg" not in compression else 16}},
    ):
        data = encoded(picture, "TIFF", compression=compression, **options)
        still = read_still(data, "a.tif")
        with Image.open(io.BytesIO(data)) as reference:
            assert np.array_equal(still.pixels, np.asarray(reference.convert("L")))
        assert not any("damaged" in note for note in still.notes)


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("lossless", [False, True])
def test_whole_jpegs_inside_are_whole(channels: int, lossless: bool) -> None:
    pixels = gradient(channels)
    data = tiff(
        pixels,
        photometric="minisblack" if channels < 3 else "rgb",
        planarconfig="contig" if channels > 1 else None,
        extrasamples=["unassalpha"] if channels == 2 else None,
        compression="jpeg",
        compressionargs={"lossless": lossless, "level": None if lossless else 98},
        rowsperstrip=16,
    )
    still = read_still(data, "a")
    colors = pixels if channels == 1 else pixels[..., : 1 if channels == 2 else 3]
    worst = np.abs(still.pixels.astype(int) - colors.reshape(still.pixels.shape)).max()
    assert worst <= (0 if lossless else 12)
