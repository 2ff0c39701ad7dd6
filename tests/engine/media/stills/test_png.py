from __future__ import annotations

import io
import struct
import zlib

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import read_still, write_still
from tests.engine.media.stills import pictures
from tests.engine.media.stills.pictures import colored, encoded, gradient


def rewritten(data: bytes) -> bytes:
    still = read_still(data, "a")
    return write_still(still, colored(still.pixels))


def deep(channels: int = 3) -> bytes:
    return cv2.imencode(".png", gradient(channels, "uint16"))[1].tobytes()


class TestColorTypes:
    @pytest.mark.parametrize("mode", ["1", "P", "L"])
    def test_few_colors(self, mode: str) -> None:
        picture = Image.fromarray(gradient(3)).convert(mode)
        still = read_still(encoded(picture, "PNG"), "a")
        expected = np.asarray(picture.convert("RGB" if mode == "P" else "L"))
        assert np.array_equal(still.pixels, expected)
        assert still.alpha is None

    @pytest.mark.parametrize("bits", [1, 2, 4])
    def test_palettes_of_few_bits(self, bits: int) -> None:
        picture = Image.fromarray(gradient(3)).quantize(1 << bits)
        still = read_still(encoded(picture, "PNG", bits=bits), "a")
        assert np.array_equal(still.pixels, np.asarray(picture.convert("RGB")))

    def test_transparent_palette_entries(self) -> None:
        picture = Image.fromarray(gradient(3)).quantize(8)
        data = encoded(picture, "PNG", transparency=bytes([0, 128, 255]))
        with Image.open(io.BytesIO(data)) as image:
            expected = np.asarray(image.convert("RGBA"))
        still = read_still(data, "a")
        assert still.alpha is not None
        assert np.array_equal(np.dstack([still.pixels, still.alpha]), expected)

    def test_one_transparent_grey(self) -> None:
        still = read_still(encoded(gradient(), "PNG", transparency=int(gradient()[5, 5])), "a")
        assert still.alpha is not None and still.pixels.ndim == 2
        assert np.array_equal(still.alpha == 0, gradient() == gradient()[5, 5])
        with Image.open(io.BytesIO(write_still(still, colored(still.pixels)))) as image:
            assert image.mode == "RGBA" and "transparency" not in image.info

    def test_interlaced(self) -> None:
        """The seven passes made by hand, since Pillow and OpenCV write none."""
        pixels = gradient()
        passes = [
            (0, 0, 8, 8),
            (0, 4, 8, 8),
            (4, 0, 8, 4),
            (0, 2, 4, 4),
            (2, 0, 4, 2),
            (0, 1, 2, 2),
            (1, 0, 2, 1),
        ]
        rows = b"".join(
            b"\0" + row.tobytes()
            for y, x, down, right in passes
            for row in pixels[y::down, x::right]
        )
        data = bytearray(encoded(pixels, "PNG"))[:8]
        header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 0, 0, 0, 1)
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
            data += (
                struct.pack(">I", len(body))
                + kind
                + body
                + struct.pack(">I", zlib.crc32(kind + body))
            )
        assert np.array_equal(read_still(bytes(data), "a").pixels, pixels)


class TestChunks:
    def test_sixteen_bits_keep_all_that_eight_keep(self) -> None:
        data = deep()
        profile = pictures.rgb_profile()
        for kind, body in (
            (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(pictures.XMP)),
            (b"tEXt", b"Title\0Market square"),
            (b"tIME", b"\x07\xd0\1\2\3\4\5"),
            (b"eXIf", pictures.exif(orientation=8)[6:]),
            (b"pHYs", struct.pack(">IIB", 11811, 11811, 1)),
            (b"iCCP", b"mine\0\0" + zlib.compress(profile)),
        ):
            data = pictures.with_chunk(data, kind, body)
        source = read_still(data, "a")
        assert source.orientation == 8 and source.xmp == pictures.XMP
        written = write_still(source, colored(source.pixels))
        with Image.open(io.BytesIO(written)) as image:
            image.load()
            assert image.info["icc_profile"] == profile
            assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
            assert image.info["Title"] == "Market square"
            assert image.getexif()[0x0112] == 8
            assert "Brücke" in image.info["XML:com.adobe.xmp"]
        found = dict(pictures.chunks(written))
        assert found[b"tIME"] == b"\x07\xd0\1\2\3\4\5"
        assert found[b"IHDR"][8:10] == b"\x10\x02", "16-bit RGB"
        assert np.array_equal(
            cv2.imdecode(np.frombuffer(written, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1],
            colored(source.pixels),
        )

    def test_those_of_scale_and_stereo_are_kept_and_lost_ones_told(self) -> None:
        kept = {b"sCAL": b"\1" + b"0.1\0" + b"0.1", b"sTER": b"\0"}
        curve = b"x\0" + struct.pack(">ii", 0, 255) + b"\0\2m\0" + b"0\0" + b"1"
        data = deep()
        for kind, body in {**kept, b"pCAL": curve, b"sBIT": b"\x0c"}.items():
            data = pictures.with_chunk(data, kind, body)
        source = read_still(data, "a")
        assert source.notes == ("without pCAL, sBIT, which is about the source's own pixels",)
        found = dict(pictures.chunks(write_still(source, colored(source.pixels))))
        assert {kind: found.get(kind) for kind in kept} == kept
        assert not {b"pCAL", b"sBIT"} & found.keys()

    def test_each_checksum_holds_and_each_kind_is_single(self) -> None:
        data = pictures.with_xmp(gradient(), "PNG", pictures.XMP, exif=pictures.exif(6))
        written = rewritten(data)
        kinds = [kind for kind, _ in pictures.chunks(written)]
        assert len(kinds) == len(set(kinds)) and kinds[0] == b"IHDR" and kinds[-1] == b"IEND"
        position = 8
        for kind, body in pictures.chunks(written):
            position += 12 + len(body)
            assert struct.unpack(">I", written[position - 4 : position])[0] == zlib.crc32(
                kind + body
            )

    def test_what_described_grey_samples_goes(self) -> None:
        data = encoded(gradient(), "PNG", transparency=3)
        for kind, body in ((b"bKGD", b"\0\xff"), (b"sBIT", b"\7"), (b"caBX", b"credentials")):
            data = pictures.with_chunk(data, kind, body)
        kinds = {kind for kind, _ in pictures.chunks(rewritten(data))}
        assert not kinds & {b"bKGD", b"sBIT", b"tRNS", b"caBX"}

    @pytest.mark.parametrize("dtype", ["uint8", "uint16"])
    def test_linear_grey_becomes_srgb(self, dtype: str) -> None:
        grey = gradient(1, dtype)
        data = pictures.with_chunk(encoded(grey, "PNG"), b"gAMA", struct.pack(">I", 100_000))
        still = read_still(data, "a")
        full = np.iinfo(dtype).max
        light = grey / full
        codes = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        shown = still.space.in_srgb(still.pixels)
        assert np.abs(shown - codes * full).max() <= (1.6 if dtype == "uint16" else 0.6)
        assert b"gAMA" not in dict(pictures.chunks(write_still(still, colored(still.pixels))))

    def test_usual_gamma_leaves_codes_alone(self) -> None:
        data = pictures.with_chunk(encoded(gradient(), "PNG"), b"gAMA", struct.pack(">I", 45455))
        assert np.array_equal(read_still(data, "a").pixels, gradient())

    def test_color_keeps_its_gamma(self) -> None:
        body = struct.pack(">I", 55555)
        data = pictures.with_chunk(encoded(gradient(3), "PNG"), b"gAMA", body)
        assert dict(pictures.chunks(rewritten(data)))[b"gAMA"] == body


class TestDamage:
    def test_animation(self) -> None:
        frames = [Image.fromarray(gradient()), Image.fromarray(np.flipud(gradient()))]
        data = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
        with pytest.raises(MediaError, match="animated"):
            read_still(data, "a")

    def test_a_flipped_bit_is_found(self) -> None:
        data = bytearray(encoded(gradient(), "PNG"))
        data[data.index(b"IDAT") + 40] ^= 4
        with pytest.raises(MediaError, match="checksum"):
            read_still(bytes(data), "a")

    def test_pixels_that_end_early(self) -> None:
        chunks = pictures.chunks(encoded(gradient(), "PNG"))
        rows = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
        data = encoded(gradient(), "PNG")[:33]
        for kind, body in ((b"IDAT", zlib.compress(rows[: len(rows) // 2])), (b"IEND", b"")):
            data += (
                struct.pack(">I", len(body))
                + kind
                + body
                + struct.pack(">I", zlib.crc32(kind + body))
            )
        with pytest.raises(MediaError):
            read_still(data, "a")


def interlaced(pixels: np.ndarray, depth: int, color: int, passes: int = 7) -> bytes:
    """Adam7, by hand."""
    starts = ((0, 0), (4, 0), (0, 4), (2, 0), (0, 2), (1, 0), (0, 1))
    steps = ((8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2))
    raw = b""
    for (left, top), (across, down) in list(zip(starts, steps, strict=True))[:passes]:
        for row in pixels[top::down, left::across]:
            if row.size:
                big = row.astype(row.dtype.newbyteorder(">"))
                raw += b"\0" + (np.packbits(row > 0) if depth == 1 else big).tobytes()
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], depth, color, 0, 0, 1)
    data = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")):
        data += struct.pack(">I", len(body)) + kind + body
        data += struct.pack(">I", zlib.crc32(kind + body))
    return data


class TestInterlaced:
    @pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 2), (5, 1), (8, 8), (37, 23)])
    @pytest.mark.parametrize(("depth", "color"), [(1, 0), (8, 0), (16, 0), (8, 2), (16, 2), (8, 6)])
    def test_is_read_without_a_warning(
        self, size: tuple[int, int], depth: int, color: int, capfd: pytest.CaptureFixture[str]
    ) -> None:
        channels = {0: 1, 2: 3, 6: 4}[color]
        dtype = "uint16" if depth == 16 else "uint8"
        full = np.iinfo(dtype).max
        random = np.random.default_rng(6)
        pixels = random.integers(0, full + 1, (*size, channels)).astype(dtype)
        pixels = pixels[..., 0] if channels == 1 else pixels
        if depth == 1:
            pixels = np.where(pixels > 128, np.uint8(255), np.uint8(0))
        still = read_still(interlaced(pixels, depth, color), "a")
        assert np.array_equal(still.pixels, pixels[..., :3] if channels > 1 else pixels)
        assert channels < 4 or np.array_equal(still.alpha, pixels[..., 3])
        assert capfd.readouterr().err == ""


class TestSalvage:
    """Rows before the damage are whole, the others black, and a note says so."""

    @pytest.mark.parametrize("dtype", ["uint8", "uint16"])
    @pytest.mark.parametrize("channels", [1, 3, 4])
    @pytest.mark.parametrize("kind", ["cut", "flipped", "hole", "no end"])
    def test_rows_before_the_damage(self, kind: str, channels: int, dtype: str) -> None:
        pixels = gradient(channels, dtype, size=(160, 120))
        noise = np.random.default_rng(4).integers(0, np.iinfo(dtype).max // 8, pixels.shape)
        pixels = (pixels // 2 + noise).astype(dtype)
        data = imagecodecs.png_encode(pixels)
        middle = len(data) // 2
        data = {
            "cut": data[:middle],
            "flipped": data[:middle] + bytes([data[middle] ^ 0x10]) + data[middle + 1 :],
            "hole": data[:middle] + bytes(200) + data[middle + 200 :],
            "no end": data[:-12],
        }[kind]
        with pytest.raises(MediaError, match=r"^a: the PNG is .*--salvage"):
            read_still(data, "a")
        still = read_still(data, "a", salvage=True)
        assert any("is damaged (" in note for note in still.notes)
        colors = pixels[..., :3] if channels == 4 else pixels
        rows = 160 if kind == "no end" else 55
        assert np.array_equal(still.pixels[:rows], colors[:rows])

    def test_interlaced(self) -> None:
        """The last pass is missing."""
        pixels = gradient(size=(16, 16))
        still = read_still(interlaced(pixels, 8, 0, passes=6), "a", salvage=True)
        assert np.array_equal(still.pixels[::2], pixels[::2])
        assert not still.pixels[1::2].any()

    def test_a_damaged_header_is_not_salvaged(self) -> None:
        data = bytearray(encoded(gradient(), "PNG"))
        data[24] ^= 1
        with pytest.raises(MediaError, match="wrong checksum"):
            read_still(bytes(data), "a", salvage=True)
