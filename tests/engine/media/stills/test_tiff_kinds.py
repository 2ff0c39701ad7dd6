"""Kinds of TIFF that scanners, offices and cameras write.

Written by hand or by tifffile; read back by Pillow where it can.
"""

from __future__ import annotations

import io
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import read_still, write_still
from tests.engine.media.stills.pictures import colored, encoded, gradient, tiff
from tests.engine.media.stills.tiff_by_hand import (
    BITS,
    COLORMAP,
    COMPRESSION,
    EXTRA,
    FADED,
    GREY,
    HEIGHT,
    LONG,
    PHOTOMETRIC,
    RAMP,
    SAMPLES,
    SHORT,
    WIDTH,
    by_hand,
)


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
