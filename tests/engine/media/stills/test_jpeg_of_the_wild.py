"""JPEG files that are damaged, odd or more than a picture."""

from __future__ import annotations

import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import read_still, write_still, written_pixels
from tests.engine.media.stills.pictures import colored, encoded, gradient, with_segment

SIZE = (160, 240)


def scan_of(data: bytes) -> int:
    """Where the coded data of the first scan begins."""
    start = data.index(b"\xff\xda")
    return start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")


def noisy(channels: int) -> np.ndarray:
    """Detail enough that a flipped bit puts the decoder out of step."""
    random = np.random.default_rng(0)
    pixels = gradient(channels, size=SIZE).astype(int)
    return np.clip(pixels + random.integers(-20, 20, pixels.shape), 0, 255).astype(np.uint8)


def damaged() -> dict[str, bytes]:
    """Each with one kind of damage that libjpeg repairs in silence."""
    whole = encoded(noisy(1), "JPEG", quality=92)
    color = encoded(noisy(3), "JPEG", quality=92)
    progressive = encoded(noisy(1), "JPEG", quality=92, progressive=True)
    restarts = encoded(noisy(1), "JPEG", quality=92, restart_marker_rows=1)
    cmyk = encoded(Image.fromarray(noisy(3)).convert("CMYK"), "JPEG", quality=92)
    third = restarts.index(b"\xff\xd3")
    return {
        "missing bytes": _without(whole),
        "missing bytes in colour": _without(color),
        "missing bytes in a scan of several": _without(progressive),
        "missing ink": _without(cmyk),
        "more bytes than pixels": whole[:-2] + b"\x12\x34" * 30 + whole[-2:],
        "a wrong restart marker": restarts[: third + 1] + b"\xd6" + restarts[third + 2 :],
        "scans that are missing": progressive[: progressive.rindex(b"\xff\xda")] + whole[-2:],
        "most scans missing": progressive[: progressive.index(b"\xff\xda", 1500)] + whole[-2:],
        "a hole before the end": whole[: len(whole) // 2] + whole[-2:],
        "a hole in an interval": restarts[: third - 60] + restarts[third:],
    }


def _without(data: bytes) -> bytes:
    start = scan_of(data) + 300
    return data[:start] + data[start + 1000 :]


@pytest.mark.parametrize("case", damaged())
class TestDamage:
    def test_is_told(self, case: str) -> None:
        with pytest.raises(MediaError, match=r"^a\.jpg: the JPEG is .*--salvage") as refusal:
            read_still(damaged()[case], "a.jpg")
        assert "\n" not in str(refusal.value)

    def test_is_salvaged_with_a_note(self, case: str) -> None:
        still = read_still(damaged()[case], "a.jpg", salvage=True)
        assert still.pixels.shape[:2] == SIZE
        assert any("coloured as far as it could be decoded" in note for note in still.notes)
        assert len(np.unique(still.pixels)) > 50, "a picture, not a grey plane"
        again = read_still(write_still(still, colored(still.pixels)), "a.jpg")
        assert again.pixels.shape == (*SIZE, 3)


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_file_that_breaks_off_is_salvaged(share: float) -> None:
    data = encoded(noisy(1), "JPEG", quality=92)
    cut = data[: round(len(data) * share)]
    with pytest.raises(MediaError, match="truncated"):
        read_still(cut, "a")
    still = read_still(cut, "a", salvage=True)
    whole = read_still(data, "a").pixels
    rows = round(SIZE[0] * (share - 0.15))
    assert np.array_equal(still.pixels[:rows], whole[:rows])


def as_rgb(pixels: np.ndarray) -> np.ndarray:
    return colored(pixels) if pixels.ndim == 2 else pixels


def whole() -> dict[str, bytes]:
    """Odd files that lack nothing."""
    plain = encoded(noisy(1), "JPEG", quality=92)
    color = encoded(noisy(3), "JPEG", quality=92)
    return {
        "progressive": encoded(noisy(3), "JPEG", progressive=True),
        "restarts": encoded(noisy(3), "JPEG", restart_marker_rows=1),
        "4:2:0": encoded(noisy(3), "JPEG", subsampling=2),
        "zeros before the end": plain[:-2] + bytes(64) + plain[-2:],
        "zeros between segments": plain[:2] + bytes(3) + plain[2:],
        "junk between segments": plain[:2] + bytes(range(255)) + plain[2:],
        "fill bytes": plain[:2] + b"\xff" * 7 + plain[2:],
        "a later JFIF": plain.replace(b"JFIF\0\1\1", b"JFIF\0\7\1"),
        "an unknown segment": with_segment(color, 0xEF, b"anything" * 40),
        "a broken profile": with_segment(plain, 0xE2, b"ICC_PROFILE\0\1\2half"),
    }


@pytest.mark.parametrize("case", whole())
def test_odd_files_are_whole(case: str) -> None:
    still = read_still(whole()[case], "a.jpg")
    assert still.pixels.shape[:2] == SIZE
    assert not any("damaged" in note for note in still.notes)
    assert written_pixels(still, write_still(still, as_rgb(still.pixels))) is not None
    if "4:2:0" not in case and "progressive" not in case and case != "restarts":
        channels = 3 if case == "an unknown segment" else 1
        expected = imagecodecs.jpeg8_decode(encoded(noisy(channels), "JPEG", quality=92))
        assert np.array_equal(still.pixels, expected)


# 64 x 48 pixels, red to blue, with a third of the rows of chroma, by ImageMagick.
ODD_SAMPLING = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb0043000503040404030504040405050506070c08070707"
    "070f0b0b090c110f1212110f111113161c1713141a1511111821181a1d1d1f1f1f13172224221e241c1e1f1eff"
    "db0043010505050706070e08080e1e1411141e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e"
    "1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1effc00011080030004003011300021101031101ffc400"
    "1500010100000000000000000000000000000007ffc40014100100000000000000000000000000000000ffc400"
    "160101010100000000000000000000000000000708ffc40014110100000000000000000000000000000000ffda"
    "000c03010002110311003f00960274d9600000000000000000000000000000000000003fffd9"
)


def test_chroma_of_odd_size() -> None:
    still = read_still(ODD_SAMPLING, "a.jpg")
    with Image.open(io.BytesIO(ODD_SAMPLING)) as reference:
        assert np.array_equal(still.pixels, np.asarray(reference))
    scan = scan_of(ODD_SAMPLING)
    cut = ODD_SAMPLING[: scan + 8] + ODD_SAMPLING[-2:]
    with pytest.raises(MediaError, match="premature end"):
        read_still(cut, "a.jpg")
    assert read_still(cut, "a.jpg", salvage=True).pixels.shape == (48, 64, 3)


class TestBytesAround:
    @pytest.mark.parametrize("padding", [b"\0\0", b"\r\n", bytes(200), b"\xff"])
    def test_filler_before_the_picture(self, padding: bytes) -> None:
        still = read_still(padding + encoded(gradient(), "JPEG"), "a.jpg")
        assert f"{len(padding)} bytes before the picture are not kept" in still.notes

    @pytest.mark.parametrize(("junk", "count"), [(b"\0\0", 0), (b"\xff\xff", 0), (b"lost", 4)])
    def test_between_segments_are_told_unless_they_are_filler(
        self, junk: bytes, count: int
    ) -> None:
        plain = encoded(gradient(), "JPEG")
        still = read_still(plain[:2] + junk + plain[2:], "a.jpg")
        wanted = [f"{count} bytes between its segments are not kept"] if count else []
        assert [note for note in still.notes if "between" in note] == wanted

    def test_a_segment_whose_mark_is_damaged_is_told(self) -> None:
        plain = encoded(gradient(), "JPEG")
        still = read_still(plain[:2] + b"g" + plain[3:], "a.jpg")
        assert "18 bytes between its segments are not kept" in still.notes

    def test_something_before_the_picture_is_named(self) -> None:
        with pytest.raises(MediaError, match="a JPEG begins at byte 9"):
            read_still(b"HTTP/1.1 " + encoded(gradient(), "JPEG"), "a.jpg")

    @pytest.mark.parametrize("head", [b"", b"MotionPhoto_Data"])
    def test_a_film_behind_the_picture_is_named(self, head: bytes) -> None:
        film = b"\0\0\0\x18ftypmp42" + bytes(5000)
        still = read_still(encoded(gradient(), "JPEG") + head + film, "a.jpg")
        assert f"a film of {len(film)} bytes behind the picture is not kept" in still.notes


class TestOtherKinds:
    @pytest.mark.parametrize("channels", [1, 3])
    def test_lossless(self, channels: int) -> None:
        pixels = noisy(channels)
        still = read_still(imagecodecs.jpeg8_encode(pixels, lossless=True), "a.jpg")
        assert np.array_equal(still.pixels, pixels)
        assert "lossless compression becomes a lossy one" in still.notes[0]
        rgb = colored(pixels)
        with Image.open(io.BytesIO(write_still(still, rgb))) as written:
            assert np.abs(np.asarray(written).astype(int) - rgb).max() <= 5

    def test_jpeg_ls(self) -> None:
        with pytest.raises(MediaError, match="it is a JPEG-LS, which is not read"):
            read_still(imagecodecs.jpegls_encode(gradient()), "a.jpg")

    @pytest.mark.parametrize("marker", [0xC5, 0xC7, 0xCB, 0xCF])
    def test_hierarchical(self, marker: int) -> None:
        data = bytearray(encoded(gradient(), "JPEG"))
        data[data.index(b"\xff\xc0") + 1] = marker
        with pytest.raises(MediaError, match="hierarchical JPEG, which is not read"):
            read_still(bytes(data), "a.jpg")
