"""What holds for stills of every format."""

from __future__ import annotations

import io
import struct

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import MAX_SIDE, Still, read_still, write_still
from tests.engine.media.stills import pictures
from tests.engine.media.stills.pictures import colored, encoded, gradient

FORMATS = ["JPEG", "PNG", "TIFF", "WEBP"]


def recolored(data: bytes, name: str = "a", **provenance: str) -> tuple[Still, Still, np.ndarray]:
    """The source, the coloured file read again, and the colours that were written."""
    source = read_still(data, name)
    rgb = colored(source.pixels)
    return source, read_still(write_still(source, rgb, provenance=provenance), name), rgb


class TestPixels:
    @pytest.mark.parametrize("format", FORMATS)
    @pytest.mark.parametrize("channels", [1, 3])
    def test_eight_bits(self, format: str, channels: int) -> None:
        pixels = gradient(channels)
        source, result, rgb = recolored(encoded(pixels, format))
        assert source.format == result.format == format
        assert source.pixels.dtype == result.pixels.dtype == np.uint8
        expected = gradient(3) if format == "WEBP" and channels == 3 else pixels
        if format == "WEBP" and channels == 1:
            expected = np.repeat(pixels[..., None], 3, axis=2)
        assert source.pixels.shape == expected.shape
        worst = {"JPEG": 12, "WEBP": 20}.get(format, 0)
        assert np.abs(source.pixels.astype(int) - expected).max() <= worst
        assert np.abs(result.pixels.astype(int) - rgb).max() <= worst

    @pytest.mark.parametrize("format", ["PNG", "TIFF"])
    @pytest.mark.parametrize("channels", [1, 2, 3, 4])
    def test_sixteen_bits_and_alpha(self, format: str, channels: int) -> None:
        """Through OpenCV, which shares no code with the reader and the writer."""
        pixels = gradient(channels, "uint16")
        if channels == 2:
            pixels = pixels[..., [0, 0, 0, 1]]
        stored = {3: [2, 1, 0], 4: [2, 1, 0, 3]}.get(min(pixels.shape[2:], default=1))
        suffix = ".png" if format == "PNG" else ".tif"
        _, data = cv2.imencode(suffix, pixels if stored is None else pixels[..., stored])
        source = read_still(data.tobytes(), "a")
        assert source.pixels.dtype == np.uint16
        rgb = colored(source.pixels)
        written = cv2.imdecode(
            np.frombuffer(write_still(source, rgb), np.uint8), cv2.IMREAD_UNCHANGED
        )
        assert np.array_equal(written[..., 2::-1], rgb)
        if channels in (2, 4):
            assert source.alpha is not None and np.array_equal(source.alpha, pixels[..., -1])
            assert np.array_equal(written[..., 3], pixels[..., -1])
        else:
            assert source.alpha is None and np.array_equal(source.pixels, pixels)

    @pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
    @pytest.mark.parametrize("mode", ["LA", "RGBA"])
    def test_alpha_is_kept(self, format: str, mode: str) -> None:
        alpha = Image.fromarray(np.flipud(gradient()))
        picture = Image.fromarray(gradient()).convert(mode)
        picture.putalpha(alpha)
        options = {"lossless": True} if format == "WEBP" else {}
        source = read_still(encoded(picture, format, **options), "a")
        rgb = colored(source.pixels)
        with Image.open(io.BytesIO(write_still(source, rgb))) as written:
            assert np.array_equal(np.asarray(written), np.dstack([rgb, np.asarray(alpha)]))

    def test_equal_channels_stay_three(self) -> None:
        pixels = np.repeat(gradient()[..., None], 3, axis=2)
        assert np.array_equal(read_still(encoded(pixels, "PNG"), "a").pixels, pixels)

    @pytest.mark.parametrize(
        "rgb", [np.zeros((48, 64), np.uint8), np.zeros((48, 64, 3), np.uint16), gradient(4)]
    )
    def test_other_pixels_are_refused(self, rgb: np.ndarray) -> None:
        still = read_still(encoded(gradient(), "PNG"), "a")
        with pytest.raises(ValueError, match="does not fit"):
            write_still(still, rgb)

    def test_the_same_bytes_every_time(self) -> None:
        profile = pictures.grey_profile(1.8)
        for format in FORMATS:
            data = encoded(gradient(), format, icc_profile=profile)
            still = read_still(data, "a")
            assert write_still(still, colored(still.pixels)) == write_still(
                read_still(data, "a"), colored(still.pixels)
            )


class TestMetadata:
    @pytest.mark.parametrize("format", FORMATS)
    def test_exif_icc_and_xmp_are_kept(self, format: str) -> None:
        profile = pictures.rgb_profile()
        data = pictures.with_xmp(
            gradient(3), format, pictures.XMP, exif=pictures.exif(6), icc_profile=profile
        )
        source, result, _ = recolored(data)
        assert source.orientation == result.orientation == 6
        assert result.icc == profile
        assert result.pixels.shape == (pictures.HEIGHT, pictures.WIDTH, 3), "stays as stored"
        assert source.xmp == pictures.XMP
        written = write_still(source, colored(source.pixels))
        with Image.open(io.BytesIO(written)) as image:
            block = image.getexif()
            assert (block[0x010E], block[0x013B], block[0x8298], block[0x0112]) == (
                pictures.DESCRIPTION, pictures.ARTIST, pictures.COPYRIGHT, 6,
            )  # fmt: skip
            assert block.get_ifd(0x8769)[0x9286] == b"ASCII\0\0\0a comment"
            assert block.get_ifd(0x8825)[1] == "N"
            packet = image.info.get("xmp")
        assert packet is not None and "Brücke &amp; Fluß".encode() in packet
        assert b"one&#10;two" in packet

    @pytest.mark.parametrize("format", FORMATS)
    def test_provenance(self, format: str) -> None:
        source, result, _ = recolored(encoded(gradient(3), format), model="kinema")
        assert source.xmp is None and result.xmp is not None
        assert b"digitalsourcetype/compositeWithTrainedAlgorithmicMedia<" in result.xmp
        assert b"<kinemacolor:model>kinema</kinemacolor:model>" in result.xmp

    @pytest.mark.parametrize("format", FORMATS)
    def test_a_packet_that_cannot_be_parsed_stays(self, format: str) -> None:
        broken = pictures.XMP[:300]
        data = pictures.with_xmp(gradient(3), format, broken)
        source, result, _ = recolored(data)
        assert "without provenance" in source.notes[-1]
        assert result.xmp == broken

    @pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF"])
    def test_resolution_is_kept(self, format: str) -> None:
        source = read_still(encoded(gradient(), format, dpi=(300, 300)), "a")
        with Image.open(io.BytesIO(write_still(source, colored(source.pixels)))) as written:
            assert written.info["dpi"] == pytest.approx((300, 300), abs=0.01)

    @pytest.mark.parametrize(
        ("format", "dtype"),
        [
            ("JPEG", "uint8"),
            ("PNG", "uint8"),
            ("PNG", "uint16"),
            ("TIFF", "uint8"),
            ("TIFF", "uint16"),
        ],
    )
    @pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
    def test_grey_profile_becomes_srgb(self, format: str, dtype: str, gamma: float) -> None:
        grey = gradient(1, dtype)
        profile = pictures.grey_profile(gamma)
        if format == "TIFF":
            data = pictures.tiff(grey, iccprofile=profile, photometric="minisblack")
        else:
            data = encoded(
                grey, format, icc_profile=profile, **({"quality": 100} if format == "JPEG" else {})
            )
        still = read_still(data, "a")
        full = np.iinfo(dtype).max
        light = (grey / full) ** (round(gamma * 256) / 256)  # as the profile can say it
        codes = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        tolerance = {"uint8": 2.5 if format == "JPEG" else 0.6, "uint16": 1.6}[dtype]
        shown = still.space.in_srgb(still.pixels)
        assert np.abs(shown - codes * full).max() <= tolerance
        assert still.pixels.ndim == 2
        result = read_still(write_still(still, colored(still.pixels)), "a")
        assert result.icc is not None and result.icc[16:20] == b"RGB "

    @pytest.mark.parametrize("format", FORMATS)
    def test_a_profile_of_another_space_is_left_out(self, format: str) -> None:
        data = encoded(gradient(3), format, icc_profile=pictures.grey_profile(1.8))
        source, result, _ = recolored(data)
        assert result.icc is None
        assert any("ICC" in note for note in source.notes)

    @pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])  # TIFF has pages for thumbnails
    def test_no_grey_thumbnail_stays(self, format: str) -> None:
        block = pictures.exif(orientation=3, thumbnail=True)
        with Image.open(io.BytesIO(encoded(gradient(3), format, exif=block))) as image:
            assert image.getexif().get_ifd(ExifTags.IFD.IFD1), "the sample has one"
        _, result, _ = recolored(encoded(gradient(3), format, exif=block))
        assert result.orientation == 3
        assert result.exif is not None and b"\xff\xd8" not in result.exif
        kept = Image.Exif()
        kept.load(result.exif)
        assert not kept.get_ifd(ExifTags.IFD.IFD1) and kept[0x013B] == pictures.ARTIST


class TestRefusals:
    """Each is one line that begins with the name."""

    @pytest.mark.parametrize("format", FORMATS)
    @pytest.mark.parametrize("channels", [1, 3])
    def test_truncation_anywhere(self, format: str, channels: int) -> None:
        data = encoded(gradient(channels), format)
        for length in {
            1,
            3,
            8,
            11,
            12,
            20,
            30,
            *range(40, len(data), len(data) // 29),
            len(data) - 1,
        }:
            with pytest.raises(MediaError) as refusal:
                read_still(data[:length], "cut.x")
            assert str(refusal.value).startswith("cut.x: ") and "\n" not in str(refusal.value)

    @pytest.mark.parametrize("format", FORMATS)
    def test_damage_never_escapes_as_another_error(self, format: str) -> None:
        data = encoded(
            gradient(3), format, exif=pictures.exif(6, True), icc_profile=pictures.rgb_profile()
        )
        random = np.random.default_rng(3)
        for _ in range(150):
            damaged = bytearray(data)
            for at in random.integers(0, len(data), 6):
                damaged[at] = random.integers(256)
            try:
                still = read_still(bytes(damaged), "a")
                write_still(still, colored(still.pixels))
            except MediaError as refusal:
                assert "\n" not in str(refusal)

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "empty"),
            (b"Dear diary, ...", "no picture"),
            (b"\0" * 4000, "no picture"),
            (encoded(gradient(), "GIF"), "a GIF"),
            (encoded(gradient(), "BMP"), "a BMP"),
            (encoded(gradient(3), "AVIF"), "AVIF"),
            (encoded(gradient(), "JPEG2000"), "JPEG 2000"),
        ],
    )
    def test_what_is_no_still(self, data: bytes, words: str) -> None:
        with pytest.raises(MediaError, match=words):
            read_still(data, "photo.jpg")

    @pytest.mark.parametrize("format", FORMATS)
    @pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp"])
    def test_content_decides_not_the_name(self, format: str, name: str) -> None:
        still = read_still(encoded(gradient(3), format), name)
        assert still.format == format
        fits = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "WEBP": ".webp"}[format]
        told = any("in spite of its name" in note for note in still.notes)
        assert told != name.endswith(fits)

    @pytest.mark.parametrize("size", [(65_000, 10_000), (10_000, 65_000), (65_535, 8)])
    def test_jpeg_size_is_checked_in_the_header(self, size: tuple[int, int]) -> None:
        data = bytearray(encoded(gradient(3), "JPEG"))
        struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, *size)
        with pytest.raises(MediaError, match="too many"):
            read_still(bytes(data), "bomb")

    @pytest.mark.parametrize("size", [(100_000, 10), (10, 100_000), (60_000, 60_000)])
    @pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
    def test_size_is_checked_in_the_header(self, format: str, size: tuple[int, int]) -> None:
        width, height = size
        data = bytearray(encoded(gradient(4), format))
        if format == "PNG":
            struct.pack_into(">II", data, 16, width, height)
        elif format == "WEBP":
            assert data[12:16] == b"VP8X"
            data[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        else:
            data = bytearray(pictures.tiff(gradient(3), photometric="rgb"))
            for code, value in ((256, width), (257, height)):
                at = data.index(struct.pack("<HHI", code, 4, 1))
                struct.pack_into("<I", data, at + 8, value)
        with pytest.raises(MediaError, match="too many"):
            read_still(bytes(data), "bomb")

    def test_a_picture_without_rows_is_refused(self) -> None:
        data = bytearray(encoded(gradient(), "PNG"))
        struct.pack_into(">I", data, 20, 0)
        with pytest.raises(MediaError, match="empty"):
            read_still(bytes(data), "a")

    def test_the_largest_side_is_read(self) -> None:
        data = encoded(np.zeros((1, MAX_SIDE), np.uint8), "PNG")
        assert read_still(data, "a").pixels.shape == (1, MAX_SIDE)
