from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageOps

from kinemacolor.engine.media.stills import exif, from_upright, read_still, to_upright
from tests.engine.media.stills import pictures
from tests.engine.media.stills.pictures import gradient

ALL = range(1, 9)


class TestUpright:
    @pytest.mark.parametrize("orientation", ALL)
    @pytest.mark.parametrize("channels", [1, 3])
    def test_inverses(self, orientation: int, channels: int) -> None:
        plane = gradient(channels, "uint16")
        upright = to_upright(plane, orientation)
        assert np.array_equal(from_upright(upright, orientation), plane)
        assert np.array_equal(to_upright(from_upright(plane, orientation), orientation), plane)
        assert upright.flags.c_contiguous

    @pytest.mark.parametrize("orientation", ALL)
    def test_as_pillow_turns_it(self, orientation: int) -> None:
        data = pictures.encoded(gradient(3), "PNG", exif=pictures.exif(orientation))
        still = read_still(data, "a")
        with Image.open(io.BytesIO(data)) as image:
            expected = np.asarray(ImageOps.exif_transpose(image))
        assert np.array_equal(to_upright(still.pixels, still.orientation), expected)

    @pytest.mark.parametrize("orientation", [0, 9, -1])
    def test_unknown(self, orientation: int) -> None:
        with pytest.raises(ValueError, match="not within"):
            to_upright(gradient(), orientation)


class TestExif:
    @pytest.mark.parametrize("orientation", ALL)
    @pytest.mark.parametrize("order", ["<", ">"])
    def test_orientation(self, orientation: int, order: str) -> None:
        mark = b"II*\0" if order == "<" else b"MM\0*"
        entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
        block = mark + struct.pack(order + "IH", 8, 1) + entry + b"\0" * 4
        assert exif.orientation(block) == orientation

    @pytest.mark.parametrize(
        "block",
        [None, b"", b"II*\0", b"MM\0*\0\0\0\x08\xff\xff", b"junk" * 9, b"II*\0\xff\xff\xff\x7f"],
    )
    def test_what_cannot_be_parsed(self, block: bytes | None) -> None:
        assert exif.orientation(block) == 1
        assert exif.without_thumbnail(block or b"") == (block or b"")

    @pytest.mark.parametrize("value", [0, 9, 65535])
    def test_values_without_sense(self, value: int) -> None:
        block = exif.bare(pictures.exif(1)).replace(
            b"\x01\x12\0\x03\0\0\0\x01\0\x01",
            b"\x01\x12\0\x03\0\0\0\x01" + struct.pack(">H", value),
        )
        assert block != exif.bare(pictures.exif(1))
        assert exif.orientation(block) == 1

    def test_a_thumbnail_in_the_middle_is_unlinked(self) -> None:
        block = exif.bare(pictures.exif(1, thumbnail=True)) + b"maker notes"
        kept = exif.without_thumbnail(block)
        assert len(kept) == len(block) and kept.endswith(b"maker notes")
        assert sum(a != b for a, b in zip(kept, block, strict=True)) <= 4
