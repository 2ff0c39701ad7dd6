from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import read_still, write_still
from tests.engine.media.stills import pictures
from tests.engine.media.stills.pictures import colored, encoded, gradient

IPTC_RESOURCE, THUMBNAIL_RESOURCE, RESOLUTION_RESOURCE = 0x0404, 0x040C, 0x03ED


def rewritten(data: bytes) -> bytes:
    still = read_still(data, "a")
    return write_still(still, colored(still.pixels))


def test_quality_95_without_subsampling() -> None:
    unknown = encoded(gradient(), "JPEG", qtables=[[9] * 64])  # no table of libjpeg's
    data = rewritten(unknown)
    reference = encoded(gradient(3), "JPEG", quality=95, subsampling=0)
    with Image.open(io.BytesIO(data)) as image, Image.open(io.BytesIO(reference)) as expected:
        assert image.layer == expected.layer, "sampling factors"
        assert image.quantization == expected.quantization


@pytest.mark.parametrize("progressive", [False, True])
def test_kinds_of_coding(progressive: bool) -> None:
    data = encoded(gradient(3), "JPEG", quality=98, progressive=progressive, restart_marker_rows=1)
    assert np.abs(read_still(data, "a").pixels.astype(int) - gradient(3)).max() <= 12


class TestDamage:
    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
    def test_an_end_marker_does_not_hide_missing_rows(self, channels: int, share: float) -> None:
        data = encoded(gradient(channels, size=(160, 240)), "JPEG", quality=95)
        scan = data.index(b"\xff\xda")
        cut = scan + 20 + round((len(data) - scan - 20) * share)
        with pytest.raises(MediaError, match="damaged: premature end"):
            read_still(data[:cut].rstrip(b"\xff") + b"\xff\xd9", "a")

    @pytest.mark.parametrize("channels", [1, 3])
    def test_middle_grey_is_no_damage(self, channels: int) -> None:
        pixels = gradient(channels, size=(64, 64))
        pixels[32:, 32:] = 128
        still = read_still(encoded(pixels, "JPEG", quality=95), "a")
        assert (still.pixels[-1, -1] == 128).all(), "the sample looks like libjpeg's fill"

    def test_stray_bytes_between_segments_are_skipped(self) -> None:
        data = encoded(gradient(), "JPEG", comment=b"by the river")
        at = data.index(b"\xff\xfe")
        still = read_still(data[:at] + b"\0stray\xff\xff" + data[at:], "a")
        assert np.array_equal(still.pixels, read_still(data, "a").pixels)

    def test_bytes_behind_the_end_are_told(self) -> None:
        still = read_still(encoded(gradient(), "JPEG") + b"motion" * 100, "a")
        assert any("600 bytes" in note for note in still.notes)


class TestSegments:
    def test_iptc_stays_and_photoshops_thumbnail_goes(self) -> None:
        resources = pictures.photoshop(
            (RESOLUTION_RESOURCE, b"0123456789abcdef"),
            (THUMBNAIL_RESOURCE, encoded(gradient(), "JPEG")),
            (IPTC_RESOURCE, pictures.IPTC),
        )
        data = pictures.with_segment(
            encoded(gradient(), "JPEG"), 0xED, b"Photoshop 3.0\0" + resources
        )
        with Image.open(io.BytesIO(rewritten(data))) as image:
            kept = image.info["photoshop"]
        assert kept[IPTC_RESOURCE] == pictures.IPTC
        assert RESOLUTION_RESOURCE in kept and THUMBNAIL_RESOURCE not in kept

    def test_large_resources_in_several_segments(self) -> None:
        resources = pictures.photoshop(
            (0x0BB7, bytes(range(256)) * 400), (IPTC_RESOURCE, pictures.IPTC)
        )
        data = encoded(gradient(), "JPEG")
        for start in reversed(range(0, len(resources), 60_000)):
            part = b"Photoshop 3.0\0" + resources[start : start + 60_000]
            data = pictures.with_segment(data, 0xED, part)
        with Image.open(io.BytesIO(rewritten(data))) as image:
            parts = [body[14:] for marker, body in image.applist if marker == "APP13"]
        assert b"".join(parts) == resources

    def test_comment_and_unknown_segments_stay(self) -> None:
        data = encoded(gradient(), "JPEG", comment=b"by the river")
        data = pictures.with_segment(data, 0xEC, b"Ducky\0something")
        with Image.open(io.BytesIO(rewritten(data))) as image:
            assert image.info["comment"] == b"by the river"
            assert ("APP12", b"Ducky\0something") in image.applist

    def test_density_in_its_own_unit(self) -> None:
        data = bytearray(encoded(gradient(), "JPEG"))
        assert data[6:11] == b"JFIF\0"
        struct.pack_into(">BHH", data, 13, 2, 118, 120)  # per centimetre
        assert rewritten(bytes(data))[13:18] == struct.pack(">BHH", 2, 118, 120)

    def test_a_profile_in_several_segments(self) -> None:
        profile = pictures.rgb_profile().ljust(150_000, b"\0")
        profile = struct.pack(">I", len(profile)) + profile[4:]
        with Image.open(
            io.BytesIO(rewritten(encoded(gradient(3), "JPEG", icc_profile=profile)))
        ) as image:
            assert image.info["icc_profile"] == profile

    def test_a_packet_too_large_for_one_segment(self) -> None:
        filler = b"<!--" + b"x" * (65_200 - len(pictures.XMP)) + b"-->"
        packet = pictures.XMP.replace(b"</rdf:RDF>", filler + b"</rdf:RDF>")
        data = rewritten(encoded(gradient(), "JPEG", xmp=packet))
        again = read_still(data, "a")
        assert again.xmp is not None and b"compositeWithTrained" in again.xmp
        with Image.open(io.BytesIO(data)) as image:
            parts = [
                body for _, body in image.applist if body.startswith(b"http://ns.adobe.com/xmp/ext")
            ]
        assert len(parts) == 2
        whole = b"".join(part[35 + 32 + 8 :] for part in parts)
        assert "Brücke".encode() in whole and len(whole) == struct.unpack(">I", parts[0][67:71])[0]
        assert b'HasExtendedXMP="' + parts[0][35:67] in again.xmp

    def test_content_credentials_and_previews_do_not_stay(self) -> None:
        data = pictures.with_segment(encoded(gradient(), "JPEG"), 0xEB, b"JP\0\1" + b"jumb" * 9)
        data = pictures.with_segment(data, 0xE2, b"MPF\0" + b"\0" * 30) + encoded(
            gradient(), "JPEG"
        )
        still = read_still(data, "a")
        assert len(still.notes) == 2
        written = write_still(still, colored(still.pixels))
        assert b"jumb" not in written and b"MPF\0" not in written


class TestCMYK:
    def test_without_a_profile(self) -> None:
        grey = Image.fromarray(gradient())
        ink = Image.merge(
            "CMYK", [Image.new("L", grey.size, 0)] * 3 + [Image.eval(grey, lambda v: 255 - v)]
        )
        still = read_still(encoded(ink, "JPEG", quality=98), "a")
        assert still.pixels.shape == (*gradient().shape, 3)
        assert np.abs(still.pixels.astype(int) - gradient()[..., None]).max() <= 6
        assert any("CMYK" in note for note in still.notes)
        with Image.open(io.BytesIO(write_still(still, colored(still.pixels)))) as image:
            assert image.mode == "RGB"

    def test_by_its_profile(self) -> None:
        ink = np.zeros((48, 64, 4), np.uint8)
        ink[..., 0] = 90  # which the profile gives no weight
        ink[..., 3] = 255 - gradient()
        picture = Image.fromarray(ink, "CMYK")
        data = encoded(picture, "JPEG", quality=100, icc_profile=pictures.cmyk_profile())
        still = read_still(data, "a")
        lightness = gradient() / 255 * 100
        light = np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness / 903.3)
        codes = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        assert np.abs(still.pixels - 255 * codes[..., None]).max() <= 4
        assert any("by its profile" in note for note in still.notes)
        assert still.icc is not None and still.icc[16:20] == b"RGB "

    def test_a_damaged_profile_is_told(self) -> None:
        profile = bytearray(pictures.grey_profile(2.2))
        profile[16:20] = b"CMYK"
        data = encoded(
            Image.fromarray(gradient()).convert("CMYK"), "JPEG", icc_profile=bytes(profile)
        )
        assert "its profile is damaged" in read_still(data, "a").notes[0]


def test_twelve_bits_are_refused() -> None:
    data = bytearray(encoded(gradient(), "JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 12
    with pytest.raises(MediaError, match="12 bits"):
        read_still(bytes(data), "a")
