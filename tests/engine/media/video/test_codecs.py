"""Which codec and pixel format a film gets."""

from __future__ import annotations

import av
import pytest

from kinemacolor.engine.media.video.codecs import ENCODERS, encoder_options
from kinemacolor.engine.media.video.pixel_formats import SUBSAMPLING, ColorModel, describe
from kinemacolor.engine.pipeline.output_choice import choose_pixel_format
from kinemacolor.engine.settings import CODECS
from kinemacolor.models.errors import SettingsError

EVEN, ODD = (64, 48), (65, 49)


def chosen(codec, source, size=EVEN, interlaced=False):
    """The codec for a source, and the name of its pixel format."""
    name, output = choose_pixel_format(codec, describe(source), size, interlaced=interlaced)
    return name, output.name


class TestDescribe:
    @pytest.mark.parametrize(
        ("name", "color_model", "depth", "log2_chroma", "alpha", "planar"),
        [
            ("gray", ColorModel.GREY, 8, (0, 0), False, "gray"),
            ("monob", ColorModel.GREY, 8, (0, 0), False, "gray"),
            ("gray12be", ColorModel.GREY, 12, (0, 0), False, "gray12le"),
            ("ya16be", ColorModel.GREY, 16, (0, 0), True, "gray16le"),
            ("yuv420p", ColorModel.YCBCR, 8, (1, 1), False, "yuv420p"),
            ("yuvj422p", ColorModel.YCBCR, 8, (1, 0), False, "yuvj422p"),
            ("yuva444p12le", ColorModel.YCBCR, 12, (0, 0), True, "yuva444p12le"),
            ("nv12", ColorModel.YCBCR, 8, (1, 1), False, "yuv420p"),
            ("p010be", ColorModel.YCBCR, 10, (1, 1), False, "yuv420p10le"),
            ("yuyv422", ColorModel.YCBCR, 8, (1, 0), False, "yuv422p"),
            ("uyyvyy411", ColorModel.YCBCR, 8, (2, 0), False, "yuv411p"),
            ("rgb48be", ColorModel.RGB, 16, (0, 0), False, "gbrp16le"),
            ("rgb555le", ColorModel.RGB, 8, (0, 0), False, "gbrp"),
            ("pal8", ColorModel.RGB, 8, (0, 0), False, "gbrp"),
            ("bgra", ColorModel.RGB, 8, (0, 0), True, "gbrp"),
        ],
    )
    def test_of_a_format(self, name, color_model, depth, log2_chroma, alpha, planar):
        pixel_format = describe(name)
        assert (
            pixel_format.color_model,
            pixel_format.depth,
            pixel_format.log2_chroma,
            pixel_format.alpha,
        ) == (color_model, depth, log2_chroma, alpha)
        assert pixel_format.planar_format() == planar

    @pytest.mark.parametrize("name", SUBSAMPLING)
    @pytest.mark.parametrize("size", [EVEN, ODD, (1, 1), (7, 3)])
    def test_of_chroma_shapes_agrees_with_ffmpeg(self, name, size):
        planes = av.VideoFrame(*size, f"yuv{name}p").planes
        shape = describe(f"yuv{name}p").chroma_shape(*size)
        assert shape == (planes[1].height, planes[1].width)


class TestChoose:
    @pytest.mark.parametrize(
        ("source", "size", "codec", "output"),
        [
            ("gray", EVEN, "h264", "yuv420p"),
            ("gray10le", EVEN, "h264", "yuv420p10le"),
            ("gray12le", EVEN, "ffv1", "yuv420p12le"),
            ("gray16be", EVEN, "ffv1", "yuv420p16le"),
            ("yuv422p10le", EVEN, "h264", "yuv422p10le"),
            ("yuv420p9le", EVEN, "ffv1", "yuv420p9le"),
            ("yuvj444p", EVEN, "h264", "yuv444p"),
            ("yuv411p", EVEN, "h264", "yuv422p"),  # DV: H.264 has no 4:1:1
            ("gray", ODD, "h264", "yuv444p"),  # nor 4:2:0 of odd sides
            ("yuva420p", EVEN, "ffv1", "yuva420p"),
            ("rgb24", EVEN, "h264", "yuv444p"),
        ],
    )
    def test_by_itself(self, source, size, codec, output):
        assert chosen("auto", source, size) == (codec, output)

    @pytest.mark.parametrize(
        ("codec", "source", "output"),
        [
            ("hevc", "gray12le", "yuv420p12le"),
            ("av1", "yuv444p", "yuv420p"),
            ("av1", "yuv422p10le", "yuv420p10le"),
            ("prores", "gray", "yuv422p10le"),
            ("prores", "yuv444p", "yuv444p10le"),
            ("prores", "yuva444p10le", "yuva444p10le"),
            ("h264", "yuva420p", "yuv420p"),
            ("ffv1", "uyvy422", "yuv422p"),
        ],
    )
    def test_for_a_codec(self, codec, source, output):
        assert chosen(codec, source) == (codec, output)

    @pytest.mark.parametrize(
        ("codec", "source", "bits", "found"),
        [
            ("auto", "gray", "10", ("h264", "yuv420p10le")),
            ("auto", "gray", "12", ("ffv1", "yuv420p12le")),
            ("auto", "yuv422p9le", "10", ("h264", "yuv422p10le")),
            ("hevc", "yuv420p", "12", ("hevc", "yuv420p12le")),
            ("av1", "yuv420p", "10", ("av1", "yuv420p10le")),
            ("ffv1", "yuva420p", "10", ("ffv1", "yuva420p10le")),
            ("ffv1", "rgb24", "12", ("ffv1", "yuv444p12le")),
            ("prores", "yuv420p", "10", ("prores", "yuv422p10le")),
            ("dnxhr", "yuv422p", "10", ("dnxhr", "yuv422p10le")),
            ("dnxhr", "yuv422p", "auto", ("dnxhr", "yuv422p")),
            ("h264", "gray10le", "10", ("h264", "yuv420p10le")),
        ],
    )
    def test_of_so_many_bits(self, codec, source, bits, found):
        codec, output = choose_pixel_format(
            codec, describe(source), EVEN, interlaced=False, bit_depth=bits
        )
        assert (codec, output.name) == found

    @pytest.mark.parametrize(
        ("codec", "source", "bits", "problem"),
        [
            (
                "auto",
                "gray10le",
                "8",
                "8 bits cannot hold the light of a film of 10; leave --bit-depth out",
            ),
            (
                "ffv1",
                "gray16le",
                "12",
                "12 bits cannot hold the light of a film of 16; leave --bit-depth",
            ),
            (
                "h264",
                "gray",
                "12",
                "h264 cannot hold 12 bits at 64x48; leave --bit-depth out, or use",
            ),
            (
                "prores",
                "gray",
                "12",
                "prores cannot hold 12 bits at 64x48; leave --bit-depth out, or",
            ),
            (
                "prores",
                "gray",
                "8",
                "prores cannot hold 8 bits at 64x48; leave --bit-depth out, or use",
            ),
        ],
    )
    def test_not_of_bits_that_it_has_not(self, codec, source, bits, problem):
        with pytest.raises(SettingsError) as error:
            choose_pixel_format(codec, describe(source), EVEN, interlaced=False, bit_depth=bits)
        assert str(error.value).startswith(f"--bit-depth: {problem}")

    def test_interlaced_fields_need_whole_chroma_rows(self):
        assert chosen("auto", "yuv420p", (64, 50)) == ("h264", "yuv420p")
        assert chosen("auto", "yuv420p", (64, 50), interlaced=True) == ("h264", "yuv422p")

    @pytest.mark.parametrize("codec", [codec for codec in CODECS if codec != "auto"])
    @pytest.mark.parametrize("source", ["gray", "yuv420p10le", "yuv444p12le", "gray16le", "bgra"])
    @pytest.mark.parametrize("size", [EVEN, ODD])
    def test_never_loses_a_bit_of_luma(self, codec, source, size):
        pixel_format = describe(source)
        try:
            _, output = choose_pixel_format(codec, pixel_format, size, interlaced=False)
        except SettingsError:
            assert pixel_format.depth > 10
        else:
            assert output.depth >= pixel_format.depth
            known = av.Codec(ENCODERS[codec].library, "w").video_formats
            assert output.name in {f.name for f in known}


class TestOptions:
    def test_of_ffv1_are_the_archives(self):
        options = encoder_options("ffv1", describe("yuv420p"), (640, 480))
        assert options == {
            "level": "3",
            "coder": "1",
            "context": "1",
            "g": "1",
            "slices": "24",
            "slicecrc": "1",
        }

    @pytest.mark.parametrize(
        ("pixel_format", "profile"), [("yuv422p10le", "hq"), ("yuv444p10le", "4444")]
    )
    def test_of_prores_name_the_profile(self, pixel_format, profile):
        assert encoder_options("prores", describe(pixel_format), EVEN)["profile"] == profile

    def test_of_h264(self):
        options = encoder_options("h264", describe("yuv420p"), EVEN)
        assembly = options.pop("x264-params", "asm=AVX2")  # only where there is AVX-512
        assert "AVX2" in assembly and "AVX512" not in assembly
        assert options == {"preset": "veryfast", "crf": "16", "threads": "4"}
        options = encoder_options("h264", describe("yuv420p"), EVEN, quality=20.5, preset="slow")
        assert options | {"preset": "slow", "crf": "20.5", "threads": "4"} == options
