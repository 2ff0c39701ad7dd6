"""Pages, fractions and tags of TIFFs of the wild, whole and damaged."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Sequence
from contextlib import suppress
from random import Random

import numpy as np
import pytest
import tifffile

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import read_still, write_still
from kinemacolor.engine.media.stills.header import read_header
from tests.engine.media.stills.pictures import colored, gradient, tiff
from tests.engine.media.stills.tiff_by_hand import (
    BITS,
    FLOAT,
    GREY,
    LONG,
    PHOTOMETRIC,
    RATIONAL,
    SAMPLES,
    SHORT,
    SRATIONAL,
    by_hand,
)


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

    @pytest.mark.parametrize("codes", [(256, 257), (256,), (277,), (322,), (513,)])
    @pytest.mark.parametrize("kind", [RATIONAL, SRATIONAL, SHORT])
    def test_several_numbers_where_one_is_meant(self, codes: tuple[int, ...], kind: int) -> None:
        tags = {BITS: (SHORT, [8]), PHOTOMETRIC: (SHORT, [1]), SAMPLES: (SHORT, [1])}
        odd: dict[int, tuple[int, Sequence[float]]] = {code: (kind, [3, 2, 1, 4]) for code in codes}
        data = by_hand(GREY.tobytes(), tags | odd)
        header = read_header(data)
        assert header is None or header.format == "TIFF"
        assert_read_or_told(data)


@pytest.mark.parametrize("seed", range(3))
def test_scrambled_directories_are_our_fault_never(seed: int) -> None:
    random = Random(seed)
    for options in ({"compression": "zlib", "tile": (16, 16)}, {"bigtiff": True}):
        data = tiff(GREY, photometric="minisblack", **options)
        start = int.from_bytes(data[4:8], "little") if options.get("tile") else 0
        for _ in range(150):
            scrambled = bytearray(data)
            for _ in range(random.choice((1, 4, 20))):
                scrambled[start + random.randrange(8, 200)] = random.choice((0, 1, 2, 5, 255))
            read_header(bytes(scrambled))
            with suppress(MediaError, MemoryError):
                read_still(bytes(scrambled), "a")


def assert_read_or_told(data: bytes) -> None:
    """The picture as it is, or a reason in other words than Python's."""
    try:
        pixels = read_still(data, "a").pixels
    except MediaError as refusal:
        words = r"\b(argument|operand|object|NoneType|str|tuple|zip|index|iterable)\b"
        assert not re.search(words, str(refusal)), refusal
    else:
        assert np.array_equal(pixels, GREY)
