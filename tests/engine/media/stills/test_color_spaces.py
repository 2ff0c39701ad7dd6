"""Stills in other colour spaces than sRGB keep the lightness that they show.

The judges are the published formulas, in NumPy: ROMM RGB's and Adobe RGB's matrices, Bradford's.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import lru_cache

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms

from kinemacolor.engine.color.recombination.still import StillRecombiner
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import Still, read_still, write_still
from tests.engine.media.stills import pictures
from tests.engine.media.stills.pictures import encoded, gradient, tiff

_D65 = (0.3127, 0.3290, 1.0)
_XY = {
    "adobe": [0.64, 0.33, 1, 0.21, 0.71, 1, 0.15, 0.06, 1],
    "p3": [0.68, 0.32, 1, 0.265, 0.69, 1, 0.15, 0.06, 1],
    "narrow": [0.60, 0.34, 1, 0.30, 0.58, 1, 0.17, 0.09, 1],
    "prophoto": [0.7347, 0.2653, 1, 0.1596, 0.8404, 1, 0.0366, 0.0001, 1],
}
_GAMMA = {"adobe": 563 / 256, "p3": 2.2, "narrow": 1.8, "prophoto": 1.8}
_BRADFORD_TO_D65 = np.array(
    [
        [0.9555766, -0.0230393, 0.0631636],
        [-0.0282895, 1.0099416, 0.0210077],
        [0.0122982, -0.0204830, 1.3299098],
    ]
)


@lru_cache  # Little CMS stamps the time of day
def profile(space: str) -> bytes:
    white = (0.3457, 0.3585, 1.0) if space == "prophoto" else _D65
    return imagecodecs.cms_profile(
        "rgb", whitepoint=white, primaries=_XY[space], gamma=_GAMMA[space]
    )


def lab(rgb: np.ndarray, space: str) -> np.ndarray:
    """LAB of the codes of a space, relative to D65."""
    xy = np.array(_XY[space]).reshape(3, 3)[:, :2]
    columns = np.stack([xy[:, 0], xy[:, 1], 1 - xy.sum(axis=1)]) / xy[:, 1]
    x, y = (0.3457, 0.3585) if space == "prophoto" else _D65[:2]
    white = np.array([x / y, 1, (1 - x - y) / y])
    matrix = columns * np.linalg.solve(columns, white)
    xyz = (rgb / np.iinfo(rgb.dtype).max) ** _GAMMA[space] @ matrix.T
    if space == "prophoto":
        xyz, white = xyz @ _BRADFORD_TO_D65.T, _BRADFORD_TO_D65 @ white
    ratio = xyz / white
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1
    )


def tinted(still: Still, a: float, b: float) -> np.ndarray:
    """The still in one hue."""
    recombiner = StillRecombiner(still.pixels, still.space, still.target)
    ab = np.broadcast_to(np.float32([a, b]), (32, 32, 2)).copy()
    rgb, _, largest = recombiner(ab, recombiner.lightness((32, 32)))
    assert largest < recombiner.largest_rounding
    return rgb


@pytest.mark.parametrize("space", _XY)
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_rgb_keeps_its_space_and_its_lightness(space: str, dtype: str) -> None:
    pixels = np.dstack([gradient(dtype=dtype)] * 3)
    still = read_still(tiff(pixels, photometric="rgb", iccprofile=profile(space)), "a")
    result = read_still(write_still(still, tinted(still, 12, -9)), "a")
    assert result.icc == profile(space)
    before, after = lab(pixels, space), lab(result.pixels, space)
    error = np.abs(after - before)[..., 0]
    assert error.max() < (0.5 if dtype == "uint8" else 0.05)
    assert error.mean() < (0.12 if dtype == "uint8" else 0.01)
    middle = (before[..., 0] > 40) & (before[..., 0] < 75)
    color = np.abs(after[middle][:, 1:] - [12, -9]).max()
    assert color < (1.5 if dtype == "uint8" else 0.2)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_the_other_formats_too(format: str) -> None:
    pixels = np.dstack([gradient()] * 3)
    options = {"lossless": True} if format == "WEBP" else {}
    data = encoded(pixels, format, icc_profile=profile("prophoto"), **options)
    still = read_still(data, "a")
    result = read_still(write_still(still, tinted(still, 12, -9)), "a")
    error = np.abs(lab(result.pixels, "prophoto") - lab(still.pixels, "prophoto"))[..., 0]
    assert error.mean() < 0.4
    with Image.open(io.BytesIO(write_still(still, tinted(still, 0, 0)))) as image:
        assert image.info["icc_profile"] == profile("prophoto")


def test_a_profile_of_srgb_changes_nothing() -> None:
    for data in (
        encoded(gradient(3), "PNG"),
        encoded(gradient(3), "PNG", icc_profile=pictures.rgb_profile()),
    ):
        still = read_still(data, "a")
        assert np.array_equal(still.pixels, gradient(3))
        assert still.space is still.target
        assert np.array_equal(still.space.in_srgb(still.pixels), gradient(3))


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_in_srgb_is_what_little_cms_shows(dtype: str) -> None:
    pixels = gradient(3, dtype)
    still = read_still(tiff(pixels, photometric="rgb", iccprofile=profile("adobe")), "a")
    shown = still.space.in_srgb(still.pixels)
    eight = pixels if dtype == "uint8" else (pixels // 257).astype(np.uint8)
    reference = ImageCms.profileToProfile(
        Image.fromarray(eight),
        ImageCms.ImageCmsProfile(io.BytesIO(profile("adobe"))),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert np.abs(shown / np.iinfo(dtype).max * 255 - np.asarray(reference)).max() < 2.5


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
def test_grey_profiles_are_rounded_once(gamma: float) -> None:
    """From the profile's code to the written one: no step between them."""
    grey = gradient(dtype="uint8")
    still = read_still(encoded(grey, "PNG", icc_profile=pictures.grey_profile(gamma)), "a")
    rgb = tinted(still, 0, 0)
    light = (grey / 255) ** (round(gamma * 256) / 256)
    codes = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(rgb - codes[..., None] * 255).max() <= 0.52


class TestProfilesThatCannotBeUsed:
    def test_damaged(self) -> None:
        broken = profile("adobe")[:300]
        still = read_still(encoded(gradient(3), "JPEG", icc_profile=broken), "a")
        assert still.icc is None and "ICC profile is damaged" in still.notes[0]

    def test_of_tables(self) -> None:
        """RGB by a table goes to sRGB: here a table that swaps nothing but is no matrix."""
        corners = b"".join(
            bytes([85 * (bool(i & 4) + bool(i & 2) + bool(i & 1)), 128, 128]) for i in range(8)
        )
        identity = bytes(range(256))
        matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
        head = b"mft1" + bytes(4) + bytes([3, 3, 2, 0])
        table = head + matrix + identity * 3 + corners + identity * 3
        scanner = pictures._profile(b"scnr", b"RGB ", b"Lab ", (b"A2B0", table))
        pixels = np.dstack([gradient()] * 3)
        still = read_still(encoded(pixels, "PNG", icc_profile=scanner), "a")
        assert "with tables" in still.notes[0] and still.icc is not None
        expected = np.interp(gradient() / 255 * 100, _lightness_of_grey(), np.arange(256))
        assert np.abs(still.pixels[..., 1] - expected).max() < 1.5

    def test_one_that_cannot_be_unpacked(self) -> None:
        data = pictures.with_chunk(encoded(gradient(), "PNG"), b"iCCP", b"scanner\0\0not zlib")
        still = read_still(data, "a")
        assert "cannot be unpacked" in still.notes[0] and still.icc is None


def _lightness_of_grey() -> np.ndarray:
    """L* of the 256 sRGB codes of grey."""
    code = np.arange(256) / 255
    y = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27)


class TestPngChunks:
    def cases() -> dict[str, tuple[list[tuple[bytes, bytes]], Callable[[np.ndarray], np.ndarray]]]:
        def power(gamma: float) -> Callable[[np.ndarray], np.ndarray]:
            return lambda code: code**gamma

        def srgb(code: np.ndarray) -> np.ndarray:
            return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)

        def bt709(code: np.ndarray) -> np.ndarray:
            return np.where(code < 0.081, code / 4.5, ((code + 0.099) / 1.099) ** (1 / 0.45))

        gamma = (b"gAMA", struct.pack(">I", 55556))
        adobe = struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
        return {
            "gamma": ([gamma], power(1.8)),
            "linear": ([(b"gAMA", struct.pack(">I", 100_000))], power(1.0)),
            "gamma and primaries": ([gamma, (b"cHRM", adobe)], power(1.8)),
            "primaries": ([(b"cHRM", adobe)], srgb),
            "sRGB wins over gamma": ([gamma, (b"sRGB", b"\0")], srgb),
            "cICP wins over sRGB": ([(b"sRGB", b"\0"), (b"cICP", bytes([1, 8, 0, 1]))], power(1)),
            "P3": ([(b"cICP", bytes([12, 13, 0, 1]))], srgb),
            "BT.2020": ([(b"cICP", bytes([9, 1, 0, 1]))], bt709),
            "zero gamma": ([(b"gAMA", bytes(4))], srgb),
        }

    @pytest.mark.parametrize("case", cases())
    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("dtype", ["uint8", "uint16"])
    def test_neutral_light_is_that_of_the_chunks(
        self, case: str, channels: int, dtype: str
    ) -> None:
        chunks, curve = TestPngChunks.cases()[case]
        grey = gradient(dtype=dtype)
        pixels = grey if channels == 1 else np.dstack([grey] * 3)
        data = imagecodecs.png_encode(pixels)
        for kind, body in reversed(chunks):
            data = pictures.with_chunk(data, kind, body)
        still = read_still(data, "a")
        found = still.space.lightness(still.pixels)
        y = curve(grey / np.iinfo(dtype).max)
        expected = np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27)
        assert np.abs(found - expected).max() < 0.05
        rgb = tinted(still, 0, 0)
        kept = {kind for kind, _ in pictures.chunks(write_still(still, rgb))}
        again = read_still(write_still(still, rgb), "a")
        error = np.abs(again.space.lightness(again.pixels) - expected)
        assert error.max() < (2 if dtype == "uint8" else 0.1)
        if channels == 3:
            assert {kind for kind, _ in chunks} <= kept
            assert np.abs(rgb.astype(int) - pixels).max() <= (0 if dtype == "uint8" else 9)

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ([9, 16, 0, 1], "PQ"),
            ([9, 18, 0, 1], "HLG"),
            ([1, 1, 0, 0], "cICP"),
            ([2, 2, 0, 1], "cICP"),
        ],
    )
    def test_light_that_is_not_read(self, body: list[int], words: str) -> None:
        data = pictures.with_chunk(encoded(gradient(3), "PNG"), b"cICP", bytes(body))
        with pytest.raises(MediaError, match=words):
            read_still(data, "a")
