"""TIFF files as scanners, offices and cameras write them, whole and damaged.

Written by hand, by Pillow's libtiff or by tifffile; read back by Pillow where it can.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Sequence

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import read_still, write_still
from tests.engine.media.stills.pictures import colored, encoded, gradient, tiff

HEIGHT, WIDTH = 48, 64
BYTE, SHORT, LONG, RATIONAL, SRATIONAL, FLOAT = 1, 3, 4, 5, 10, 11
BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, COLORMAP, EXTRA = 258, 259, 262, 277, 320, 338


def by_hand(
    data: bytes, tags: dict[int, tuple[int, Sequence[float]]], *, leave_out: Sequence[int] = ()
) -> bytes:
    """A TIFF of one strip."""
    tags = {
        256: (LONG, [WIDTH]), 257: (LONG, [HEIGHT]), COMPRESSION: (SHORT, [1]), 273: (LONG, [8]),
        278: (LONG, [HEIGHT]), 279: (LONG, [len(data)]), **tags,
    }  # fmt: skip
    tags = {code: value for code, value in tags.items() if code not in leave_out}
    data += b"\0" * (len(data) % 2)
    start = 8 + len(data)
    tail = start + 2 + 12 * len(tags) + 4
    rows, values = b"", b""
    for code, (kind, numbers) in sorted(tags.items()):
        form = {BYTE: "B", SHORT: "H", LONG: "I", RATIONAL: "I", SRATIONAL: "i", FLOAT: "f"}[kind]
        packed = struct.pack(f"<{len(numbers)}{form}", *numbers)
        count = len(numbers) // 2 if kind in (RATIONAL, SRATIONAL) else len(numbers)
        place = packed.ljust(4, b"\0")
        if len(packed) > 4:
            place = struct.pack("<I", tail + len(values))
            values += packed + b"\0" * (len(packed) % 2)
        rows += struct.pack("<HHI", code, kind, count) + place
    head = b"II*\0" + struct.pack("<I", start)
    return head + data + struct.pack("<H", len(tags)) + rows + bytes(4) + values


RAMP = [value * 257 for value in range(256)]
GREY = gradient()
FADED = np.flipud(GREY)


class TestKinds:
    @pytest.mark.parametrize("extra", [0, 1, 2])
    def test_a_palette_with_a_further_sample(self, extra: int) -> None:
        data = by_hand(
            np.dstack([GREY, FADED]).tobytes(),
            {
                BITS: (SHORT, [8, 8]),
                PHOTOMETRIC: (SHORT, [3]),
                SAMPLES: (SHORT, [2]),
                COLORMAP: (SHORT, RAMP + RAMP[::-1] + RAMP),
                EXTRA: (SHORT, [extra]),
            },
        )
        still = read_still(data, "a")
        assert np.array_equal(still.pixels, np.dstack([GREY, 255 - GREY, GREY]))
        assert still.alpha is not None and np.array_equal(still.alpha, FADED)
        written = tifffile.imread(io.BytesIO(write_still(still, colored(still.pixels))))
        assert np.array_equal(written, np.dstack([colored(still.pixels), FADED]))

    @pytest.mark.parametrize("bits", [1, 2, 4])
    def test_a_palette_of_few_colors(self, bits: int) -> None:
        count = 1 << bits
        indices = (GREY >> (8 - bits)).astype(np.uint8)
        unpacked = np.unpackbits(indices[..., None], axis=2)[..., 8 - bits :]
        data = by_hand(
            np.packbits(unpacked.reshape(HEIGHT, -1), axis=1).tobytes(),
            {
                BITS: (SHORT, [bits]),
                PHOTOMETRIC: (SHORT, [3]),
                SAMPLES: (SHORT, [1]),
                COLORMAP: (SHORT, [65535 * i // (count - 1) for i in range(count)] * 3),
            },
        )
        still = read_still(data, "a")
        with Image.open(io.BytesIO(data)) as reference:
            assert np.array_equal(still.pixels, np.asarray(reference.convert("RGB")))

    @pytest.mark.parametrize("extra", [3, 999, 65535])
    def test_a_further_sample_of_unknown_meaning(self, extra: int) -> None:
        data = by_hand(
            np.dstack([GREY, GREY, GREY, FADED]).tobytes(),
            {
                BITS: (SHORT, [8] * 4),
                PHOTOMETRIC: (SHORT, [2]),
                SAMPLES: (SHORT, [4]),
                EXTRA: (SHORT, [extra]),
            },
        )
        still = read_still(data, "a")
        written = write_still(still, colored(still.pixels))
        assert np.array_equal(read_still(written, "a").alpha, FADED)

    @pytest.mark.parametrize("compression", [1, 5, 8])
    @pytest.mark.parametrize("subsampling", [(1, 1), (2, 1), (2, 2)])
    def test_luma_and_chroma(self, compression: int, subsampling: tuple[int, int]) -> None:
        across, down = subsampling
        blocks = GREY.reshape(HEIGHT // down, down, WIDTH // across, across).swapaxes(1, 2)
        units = blocks.reshape(HEIGHT // down, WIDTH // across, -1)
        chroma = np.broadcast_to(np.uint8([100, 170]), (*units.shape[:2], 2))
        content = np.concatenate([units, chroma], axis=2).tobytes()
        coded = {1: bytes, 5: _lzw, 8: _deflated}[compression](content)
        data = by_hand(
            coded,
            {
                BITS: (SHORT, [8] * 3),
                COMPRESSION: (SHORT, [compression]),
                PHOTOMETRIC: (SHORT, [6]),
                SAMPLES: (SHORT, [3]),
                530: (SHORT, [across, down]),
                274: (SHORT, [6]),  # turned: the samples stay as stored
            },
        )
        still = read_still(data, "a")
        assert still.orientation == 6
        y, cb, cr = GREY.astype(float), 100 - 128, 170 - 128
        rgb = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], -1)
        assert np.abs(still.pixels - np.clip(rgb, 0, 255)).max() <= 2

    @pytest.mark.parametrize(("channels", "words"), [(1, "black at 0"), (3, "RGB"), (4, "RGB")])
    def test_samples_of_untold_meaning(self, channels: int, words: str) -> None:
        pixels = gradient(channels)
        data = by_hand(
            pixels.tobytes(),
            {BITS: (SHORT, [8] * channels), SAMPLES: (SHORT, [channels])},
            leave_out=[PHOTOMETRIC],
        )
        still = read_still(data, "a")
        assert np.array_equal(still.pixels, pixels[..., :3] if channels > 1 else pixels)
        assert any(words in note for note in still.notes)

    @pytest.mark.parametrize(
        ("dtype", "words"),
        [("int8", "signed"), ("int16", "signed"), ("float32", "floating-point")],
    )
    @pytest.mark.parametrize("channels", [1, 3])
    def test_samples_that_are_not_read(self, dtype: str, channels: int, words: str) -> None:
        pixels = gradient(channels).astype(dtype)
        data = tiff(pixels, photometric="minisblack" if channels == 1 else "rgb")
        with pytest.raises(MediaError, match=f"^a: {words} samples"):
            read_still(data, "a")


def _lzw(content: bytes) -> bytes:
    return imagecodecs.lzw_encode(content)


def _deflated(content: bytes) -> bytes:
    return zlib.compress(content)


class TestPages:
    @staticmethod
    def of(*pages: tuple[np.ndarray, int], subifds: int = 0) -> bytes:
        target = io.BytesIO()
        with tifffile.TiffWriter(target) as file:
            for number, (pixels, kind) in enumerate(pages):
                file.write(
                    pixels,
                    photometric="minisblack",
                    subfiletype=kind,
                    metadata=None,
                    subifds=subifds if number == 0 else 0,
                )
        return target.getvalue()

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_the_picture_among_its_thumbnails(self, place: int) -> None:
        pages = [(GREY[::4, ::4], 1)] * 2
        pages.insert(place, (gradient(dtype="uint16"), 0))
        still = read_still(self.of(*pages), "a")
        assert np.array_equal(still.pixels, gradient(dtype="uint16"))
        assert "the reduced pictures beside the main one are not kept" in still.notes
        written = write_still(still, colored(still.pixels))
        with tifffile.TiffFile(io.BytesIO(written)) as file:
            assert len(file.pages) == 1

    def test_two_pictures_are_refused(self) -> None:
        with pytest.raises(MediaError, match="of 2 pages"):
            read_still(self.of((GREY, 0), (GREY, 0)), "a")

    def test_pictures_beneath_are_told(self) -> None:
        still = read_still(self.of((GREY, 0), (GREY[::2, ::2], 1), subifds=1), "a")
        assert any("SubIFDs" in note for note in still.notes)

    def test_tiles_stay(self) -> None:
        still = read_still(tiff(GREY, photometric="minisblack", tile=(16, 32)), "a")
        with tifffile.TiffFile(io.BytesIO(write_still(still, colored(GREY)))) as file:
            assert file.pages.first.chunks[:2] == (16, 32)
            assert np.array_equal(file.asarray(), colored(GREY))


class TestFractions:
    @pytest.mark.parametrize("order", ["<", ">"])
    @pytest.mark.parametrize("big", [False, True])
    def test_stay_as_they_are(self, order: str, big: bool) -> None:
        tags = [
            (286, 5, 1, (3, 2)),
            (33434, 5, 1, (1, 100)),
            (318, 5, 2, (3127, 10000, 329, 1000)),
            (319, 5, 6, tuple(range(1, 13))),
            (37380, 10, 1, (-1, 3)),
            (37500, 7, 5, b"notes"),
        ]
        data = tiff(
            GREY,
            photometric="minisblack",
            byteorder=order,
            bigtiff=big,
            extratags=[(*tag, True) for tag in tags],
            resolution=((12001, 10), (6000, 7)),
            resolutionunit="CENTIMETER",
        )
        still = read_still(data, "a")
        with tifffile.TiffFile(io.BytesIO(write_still(still, colored(GREY)))) as file:
            found = file.pages.first.tags
            for code, kind, count, value in tags:
                assert (found[code].dtype, found[code].count) == (kind, count)
                assert found[code].value == value
            assert found[282].value == (12001, 10) and found[283].value == (6000, 7)


RESOLUTIONS: dict[str, dict[int, tuple[int, Sequence[float]]]] = {
    "none": {},
    "unit alone": {296: (SHORT, [3])},
    "across alone": {282: (RATIONAL, [300, 1]), 296: (SHORT, [2])},
    "floats": {282: (FLOAT, [300.5]), 283: (FLOAT, [300.5]), 296: (SHORT, [2])},
    "signed": {282: (SRATIONAL, [300, 1]), 283: (SRATIONAL, [300, 1])},
    "a long unit": {282: (RATIONAL, [118, 1]), 283: (RATIONAL, [118, 1]), 296: (LONG, [3])},
    "of nothing": {282: (RATIONAL, [300, 0]), 283: (RATIONAL, [300, 0])},
}


@pytest.mark.parametrize("case", RESOLUTIONS)
def test_the_resolution_is_as_it_was(case: str) -> None:
    tags = {BITS: (SHORT, [8]), PHOTOMETRIC: (SHORT, [1]), SAMPLES: (SHORT, [1])}
    data = by_hand(GREY.tobytes(), tags | RESOLUTIONS[case])
    written = write_still(read_still(data, "a"), colored(GREY))
    with (
        tifffile.TiffFile(io.BytesIO(data)) as before,
        tifffile.TiffFile(io.BytesIO(written)) as after,
    ):
        assert np.array_equal(after.pages.first.asarray(), colored(GREY))
        for code in (282, 283, 296):
            old, new = (file.pages.first.tags.get(code) for file in (before, after))
            assert (old is None) == (new is None) == (code not in RESOLUTIONS[case])
            if old and new:
                assert (new.dtype, new.count, new.value) == (old.dtype, old.count, old.value)


@pytest.mark.parametrize("inks", [1, 2])
def test_only_process_inks_are_cmyk(inks: int) -> None:
    tags = {
        BITS: (SHORT, [8] * 4), PHOTOMETRIC: (SHORT, [5]), SAMPLES: (SHORT, [4]),
        332: (SHORT, [inks]),
    }  # fmt: skip
    data = by_hand(bytes(4 * WIDTH * HEIGHT), tags)
    if inks == 1:
        assert read_still(data, "a").pixels.shape == (HEIGHT, WIDTH, 3)
    else:
        with pytest.raises(MediaError, match="inks other than cyan"):
            read_still(data, "a")


class TestOldStyleJpeg:
    """Compression 6 of TIFF 6.0: a JPEG file inside, and the strip it or its scan."""

    @staticmethod
    def of(jpeg: bytes, channels: int, subsampling: int, whole: bool) -> bytes:
        tags = {
            BITS: (SHORT, [8] * channels),
            COMPRESSION: (SHORT, [6]),
            PHOTOMETRIC: (SHORT, [1 if channels == 1 else 6]),
            SAMPLES: (SHORT, [channels]),
            512: (SHORT, [1]),
            513: (LONG, [8]),
            514: (LONG, [len(jpeg)]),
            530: (SHORT, [subsampling, subsampling]),
        }
        if not whole:
            scan = jpeg.index(b"\xff\xda")
            scan += 2 + int.from_bytes(jpeg[scan + 2 : scan + 4], "big")
            tags |= {273: (LONG, [8 + scan]), 279: (LONG, [len(jpeg) - scan - 2])}
        return by_hand(jpeg, tags)

    @pytest.mark.parametrize("whole", [True, False])
    @pytest.mark.parametrize(("channels", "subsampling"), [(1, 1), (3, 1), (3, 2)])
    def test_is_read(self, channels: int, subsampling: int, whole: bool) -> None:
        pixels = gradient(channels)
        options = {"subsampling": 2 if subsampling == 2 else 0} if channels == 3 else {}
        jpeg = encoded(pixels, "JPEG", quality=95, **options)
        still = read_still(self.of(jpeg, channels, subsampling, whole), "a")
        assert np.abs(still.pixels.astype(int) - pixels).max() <= 12
        assert "its lossy compression becomes a lossless one" in still.notes

    def test_its_damage_is_seen(self) -> None:
        jpeg = encoded(gradient(), "JPEG", quality=95)
        damaged = self.of(jpeg[:-300] + b"\xff\xd9", 1, 1, True)
        with pytest.raises(MediaError, match="the TIFF is damaged"):
            read_still(damaged, "a")
        still = read_still(damaged, "a", salvage=True)
        assert np.abs(still.pixels[:8].astype(int) - GREY[:8]).max() <= 12


class TestStructure:
    def test_values_beyond_the_end(self) -> None:
        data = by_hand(
            GREY.tobytes(),
            {
                BITS: (SHORT, [8]),
                PHOTOMETRIC: (SHORT, [1]),
                SAMPLES: (SHORT, [1]),
                282: (RATIONAL, [72, 1]),
            },
        )
        at = data.index(struct.pack("<HHI", 282, RATIONAL, 1))
        beyond = data[: at + 8] + struct.pack("<I", 1 << 20) + data[at + 12 :]
        assert np.array_equal(read_still(beyond, "a").pixels, GREY)

    @pytest.mark.parametrize("code", [256, 257, 273, 278, 279])
    def test_a_missing_tag_is_told_in_our_words(self, code: int) -> None:
        data = by_hand(
            GREY.tobytes(),
            {BITS: (SHORT, [8]), PHOTOMETRIC: (SHORT, [1]), SAMPLES: (SHORT, [1])},
            leave_out=[code],
        )
        assert_read_or_told(data)

    @pytest.mark.parametrize("code", [256, 257, 258, 273, 277, 278, 279])
    @pytest.mark.parametrize("kind", [2, 5, 7, 11])
    def test_tags_of_the_wrong_kind(self, code: int, kind: int) -> None:
        data = by_hand(
            GREY.tobytes(), {BITS: (SHORT, [8]), PHOTOMETRIC: (SHORT, [1]), SAMPLES: (SHORT, [1])}
        )
        at = data.index(struct.pack("<H", code), 8 + GREY.size)
        assert_read_or_told(data[: at + 2] + struct.pack("<H", kind) + data[at + 4 :])


def assert_read_or_told(data: bytes) -> None:
    """The picture as it is, or a reason in other words than Python's."""
    try:
        pixels = read_still(data, "a").pixels
    except MediaError as refusal:
        words = r"\b(argument|operand|object|NoneType|str|tuple|zip|index|iterable)\b"
        assert not re.search(words, str(refusal)), refusal
    else:
        assert np.array_equal(pixels, GREY)
