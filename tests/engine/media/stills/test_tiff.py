from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, ImageOps

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import read_still, to_upright, write_still
from tests.engine.media.stills import pictures
from tests.engine.media.stills.pictures import colored, encoded, gradient, tiff


def rewritten(data: bytes) -> tifffile.TiffPage:
    """The one page of the coloured file, its pixels checked."""
    still = read_still(data, "a")
    rgb = colored(still.pixels)
    with tifffile.TiffFile(io.BytesIO(write_still(still, rgb))) as file:
        assert len(file.pages) == 1
        page = file.pages.first
        assert np.array_equal(page.asarray()[..., :3], rgb)
        for tag in page.tags:
            assert tag.value is not None  # read while the file is open
        return page


class TestCoding:
    @pytest.mark.parametrize("compression", [None, "lzw", "zlib", "packbits"])
    @pytest.mark.parametrize("byteorder", ["<", ">"])
    @pytest.mark.parametrize("dtype", ["uint8", "uint16"])
    @pytest.mark.parametrize("bigtiff", [False, True])
    def test_compression_and_byte_order_stay(
        self, compression: str | None, byteorder: str, dtype: str, bigtiff: bool
    ) -> None:
        pixels = gradient(1, dtype)
        data = tiff(
            pixels,
            compression=compression,
            byteorder=byteorder,
            bigtiff=bigtiff,
            predictor=compression == "lzw",
            photometric="minisblack",
        )
        assert np.array_equal(read_still(data, "a").pixels, pixels)
        page = rewritten(data)
        names = {None: "NONE", "lzw": "LZW", "zlib": "ADOBE_DEFLATE", "packbits": "PACKBITS"}
        assert page.compression.name == names[compression]
        assert page.predictor == (2 if compression == "lzw" else 1)
        assert (page.parent.byteorder, page.parent.is_bigtiff) == (byteorder, bigtiff)
        assert (
            page.photometric == tifffile.PHOTOMETRIC.RGB
            and page.bitspersample == pixels.itemsize * 8
        )

    @pytest.mark.parametrize("compression", ["group3", "group4", "tiff_lzw", "raw"])
    def test_bilevel(self, compression: str) -> None:
        picture = Image.fromarray(gradient()).convert("1")
        still = read_still(encoded(picture, "TIFF", compression=compression), "a")
        assert np.array_equal(still.pixels, np.asarray(picture.convert("L")))
        expected = {"raw": "NONE", "tiff_lzw": "LZW"}.get(compression, "ADOBE_DEFLATE")
        assert (
            rewritten(encoded(picture, "TIFF", compression=compression)).compression.name
            == expected
        )

    @pytest.mark.parametrize("dtype", ["uint8", "uint16"])
    def test_white_at_zero(self, dtype: str) -> None:
        pixels = gradient(1, dtype)
        still = read_still(tiff(np.iinfo(dtype).max - pixels, photometric="miniswhite"), "a")
        assert np.array_equal(still.pixels, pixels)

    def test_bilevel_white_at_zero(self) -> None:
        pixels = gradient() > 128
        data = tiff(~pixels, photometric="miniswhite")
        assert np.array_equal(read_still(data, "a").pixels, pixels * np.uint8(255))

    @pytest.mark.parametrize("bits", [4, 10, 12])
    def test_odd_depths_fill_the_range(self, bits: int) -> None:
        codes = np.rint(gradient() / 255 * ((1 << bits) - 1)).astype(
            "uint8" if bits < 8 else "uint16"
        )
        codes[0, :2] = 0, (1 << bits) - 1
        still = read_still(tiff(codes, photometric="minisblack", bitspersample=bits), "a")
        full = 255 if bits < 8 else 65535
        assert still.pixels.dtype == ("uint8" if bits < 8 else "uint16")
        assert np.abs(still.pixels - codes / ((1 << bits) - 1) * full).max() <= 0.5

    def test_palette(self) -> None:
        colors = np.random.default_rng(1).integers(0, 256, (3, 256), dtype=np.uint16)
        for scale in (1, 257):
            data = tiff(gradient(), photometric="palette", colormap=colors * np.uint16(scale))
            assert np.array_equal(
                read_still(data, "a").pixels, colors.T.astype(np.uint8)[gradient()]
            )

    @pytest.mark.parametrize("tile", [None, (16, 32)])
    def test_separate_planes_and_tiles(self, tile: tuple[int, int] | None) -> None:
        planes = np.ascontiguousarray(np.moveaxis(gradient(3, "uint16"), -1, 0))
        data = tiff(
            planes, photometric="rgb", planarconfig="separate", tile=tile, compression="zlib"
        )
        assert np.array_equal(read_still(data, "a").pixels, gradient(3, "uint16"))

    @pytest.mark.parametrize("kind", ["unspecified", "assocalpha", "unassalpha"])
    def test_the_kind_of_alpha_stays(self, kind: str) -> None:
        data = tiff(gradient(4, "uint16"), photometric="rgb", extrasamples=[kind])
        page = rewritten(data)
        assert [sample.name.lower() for sample in page.extrasamples] == [kind]
        assert np.array_equal(page.asarray()[..., 3], gradient(4, "uint16")[..., 3])

    def test_jpeg_inside_becomes_lossless(self) -> None:
        data = encoded(gradient(3), "TIFF", compression="jpeg", quality=95)
        still = read_still(data, "a")
        assert np.abs(still.pixels.astype(int) - gradient(3)).max() <= 12
        assert any("lossless" in note for note in still.notes)
        assert rewritten(data).compression.name == "ADOBE_DEFLATE"

    @pytest.mark.parametrize("dtype", ["uint8", "uint16"])
    def test_cmyk(self, dtype: str) -> None:
        full = np.iinfo(dtype).max
        ink = np.zeros((48, 64, 4), dtype)
        ink[..., 3] = full - gradient(1, dtype)
        still = read_still(tiff(ink, photometric="separated"), "a")
        assert still.pixels.dtype == dtype
        assert np.abs(still.pixels.astype(int) - gradient(1, dtype)[..., None]).max() <= 1


class TestTags:
    def test_tags_stay(self) -> None:
        tags = [
            (270, 2, 0, "Märket square".encode(), True),
            (306, 2, 0, "1931:05:09 12:00:00", True),
            (305, 2, 0, "Scanner 3", True),
            (315, 2, 0, pictures.ARTIST, True),
            (33432, 2, 0, pictures.COPYRIGHT, True),
            (274, 3, 1, 6, True),
            (33723, 7, len(pictures.IPTC), pictures.IPTC, True),
            (65000, 12, 2, (0.5, -3.25), True),
        ]
        for byteorder in "<>":
            data = tiff(
                gradient(1, "uint16"),
                byteorder=byteorder,
                resolution=((6000001, 10000), (6000001, 10000)),
                resolutionunit=2,
                extratags=tags,
                photometric="minisblack",
            )
            page = rewritten(data)
            with tifffile.TiffFile(io.BytesIO(data)) as file:
                source = {tag.code: (tag.dtype, tag.value) for tag in file.pages.first.tags}
            kept = {tag.code: (tag.dtype, tag.value) for tag in page.tags}
            for code in (282, 283, 296, *(tag[0] for tag in tags)):
                assert kept[code] == source[code], code
            assert kept[282][1] == (6000001, 10000)

    @pytest.mark.parametrize(
        ("code", "name"), [(291, "GrayResponseCurve"), (301, "TransferFunction")]
    )
    def test_a_curve_of_the_grey_samples_is_told_as_lost(self, code: int, name: str) -> None:
        file = io.BytesIO()
        curve = (code, 3, 256, list(range(256)), True)
        tifffile.imwrite(file, gradient(), extratags=[curve])
        source = read_still(file.getvalue(), "a")
        assert source.notes == (f"without {name}, which is about the source's own pixels",)
        with tifffile.TiffFile(io.BytesIO(write_still(source, colored(source.pixels)))) as written:
            assert code not in written.pages[0].tags

    def test_exif_and_gps_directories(self) -> None:
        block = Image.Exif()
        block.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0a comment"
        block.get_ifd(0x8769)[0x829A] = 1 / 125
        block.get_ifd(0x8825)[2] = (51.0, 3.0, 12.5)
        still = read_still(encoded(gradient(3), "TIFF", exif=block.tobytes()), "a")
        with Image.open(io.BytesIO(write_still(still, colored(still.pixels)))) as image:
            kept = image.getexif()
            assert kept.get_ifd(0x8769)[0x9286] == b"ASCII\0\0\0a comment"
            assert float(kept.get_ifd(0x8769)[0x829A]) == pytest.approx(1 / 125)
            assert tuple(map(float, kept.get_ifd(0x8825)[2])) == (51.0, 3.0, 12.5)

    @pytest.mark.parametrize("order", ["<", ">"])
    def test_a_directory_within_a_directory(self, order: str) -> None:
        still = read_still(pictures.tiff_with_exif(order, b"ASCII\0\0\0by hand"), "a")
        assert np.array_equal(still.pixels, gradient())
        with Image.open(io.BytesIO(write_still(still, colored(still.pixels)))) as image:
            kept = image.getexif()
            assert kept.get_ifd(0x8769)[0x9286] == b"ASCII\0\0\0by hand"
            assert kept.get_ifd(ExifTags.IFD.Interop) == {1: "R98"}

    def test_grey_layers_and_thumbnails_go(self) -> None:
        resources = pictures.photoshop((0x040C, b"thumbnail"), (0x0404, pictures.IPTC))
        tags = [
            (37724, 7, 6, b"layers", True),
            (34377, 1, len(resources), resources, True),
        ]
        page = rewritten(tiff(gradient(), extratags=tags, photometric="minisblack"))
        assert 37724 not in page.tags
        assert bytes(page.tags[34377].value) == pictures.photoshop((0x0404, pictures.IPTC))

    @pytest.mark.parametrize("orientation", [3, 6, 8])
    def test_orientation(self, orientation: int) -> None:
        data = tiff(gradient(3), extratags=[(274, 3, 1, orientation, True)], photometric="rgb")
        still = read_still(data, "a")
        with Image.open(io.BytesIO(data)) as image:
            expected = np.asarray(ImageOps.exif_transpose(image))
        assert np.array_equal(to_upright(still.pixels, still.orientation), expected)


def pages(*options: dict[str, Any]) -> bytes:
    target = io.BytesIO()
    with tifffile.TiffWriter(target) as file:
        for option in options:
            file.write(gradient(), photometric="minisblack", metadata=None, **option)
    return target.getvalue()


class TestRefusals:
    def test_several_pages(self) -> None:
        with pytest.raises(MediaError, match="3 pages"):
            read_still(pages({}, {}, {}), "a")

    def test_thumbnail_pages_are_left_behind(self) -> None:
        still = read_still(pages({}, {"subfiletype": 1}), "a")
        assert any("reduced" in note for note in still.notes)
        assert len(tifffile.TiffFile(io.BytesIO(write_still(still, gradient(3)))).pages) == 1

    @pytest.mark.parametrize("dtype", ["float32", "int16", "uint32"])
    def test_other_samples(self, dtype: str) -> None:
        with pytest.raises(MediaError, match="are not read"):
            read_still(tiff(gradient().astype(dtype), photometric="minisblack"), "a")

    def test_raw_camera_data(self) -> None:
        data = tiff(
            gradient(1, "uint16"),
            photometric="cfa",
            extratags=[(50706, 1, 4, bytes([1, 4, 0, 0]), True)],
        )
        with pytest.raises(MediaError, match="raw camera"):
            read_still(data, "a")

    @pytest.mark.parametrize("compression", [None, "zlib"])
    @pytest.mark.parametrize("field", ["value", "count"])
    def test_missing_strips(self, compression: str | None, field: str) -> None:
        """Strips of no bytes, and fewer strips than the picture has rows for."""
        data = bytearray(
            tiff(gradient(), photometric="minisblack", compression=compression, rowsperstrip=8)
        )
        with tifffile.TiffFile(io.BytesIO(bytes(data))) as file:
            tags = [file.pages.first.tags[code] for code in (273, 279)]
            if field == "value":
                struct.pack_into("<H", data, tags[1].valueoffset + 6, 0)
            else:
                for tag in tags:
                    struct.pack_into("<I", data, tag.offset + 4, tag.count - 2)
        with pytest.raises(MediaError, match="truncated"):
            read_still(bytes(data), "a")

    @pytest.mark.parametrize("compression", ["lzw", "zlib", "packbits"])
    def test_a_strip_that_ends_early(self, compression: str) -> None:
        data = bytearray(tiff(gradient(), photometric="minisblack", compression=compression))
        with tifffile.TiffFile(io.BytesIO(bytes(data))) as file:
            tag = file.pages.first.tags[279]
            struct.pack_into("<I", data, tag.valueoffset, tag.value[0] // 2)
        with pytest.raises(MediaError, match="damaged"):
            read_still(bytes(data), "a")

    def test_nothing_is_printed(self, capfd: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(MediaError):
            read_still(tiff(gradient(), photometric="minisblack")[:200], "a")
        assert capfd.readouterr() == ("", "")
