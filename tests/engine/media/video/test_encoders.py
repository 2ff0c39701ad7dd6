"""Which codec and pixel format a film gets."""

from __future__ import annotations

import av
import pytest

from kinemacolor.engine.media.video.encoders import ENCODERS, choose, encoder_options
from kinemacolor.engine.media.video.pixel_formats import SUBSAMPLING, Kind, describe
from kinemacolor.engine.settings import CODECS, Settings
from kinemacolor.models.errors import SettingsError

EVEN, ODD = (64, 48), (65, 49)


class TestDescribe:
    @pytest.mark.parametrize(
        ("name", "kind", "depth", "chroma", "alpha", "planes"),
        [
            ("gray", Kind.GREY, 8, (0, 0), False, "gray"),
            ("monob", Kind.GREY, 8, (0, 0), False, "gray"),
            ("gray12be", Kind.GREY, 12, (0, 0), False, "gray12le"),
            ("ya16be", Kind.GREY, 16, (0, 0), True, "gray16le"),
            ("yuv420p", Kind.YCBCR, 8, (1, 1), False, "yuv420p"),
            ("yuvj422p", Kind.YCBCR, 8, (1, 0), False, "yuvj422p"),
            ("yuva444p12le", Kind.YCBCR, 12, (0, 0), True, "yuva444p12le"),
            ("nv12", Kind.YCBCR, 8, (1, 1), False, "yuv420p"),
            ("p010be", Kind.YCBCR, 10, (1, 1), False, "yuv420p10le"),
            ("yuyv422", Kind.YCBCR, 8, (1, 0), False, "yuv422p"),
            ("uyyvyy411", Kind.YCBCR, 8, (2, 0), False, "yuv411p"),
            ("rgb48be", Kind.RGB, 16, (0, 0), False, "gbrp16le"),
            ("rgb555le", Kind.RGB, 8, (0, 0), False, "gbrp"),
            ("pal8", Kind.RGB, 8, (0, 0), False, "gbrp"),
            ("bgra", Kind.RGB, 8, (0, 0), True, "gbrp"),
        ],
    )
    def test_of_a_format(self, name, kind, depth, chroma, alpha, planes):
        form = describe(name)
        assert (form.kind, form.depth, form.chroma, form.alpha) == (kind, depth, chroma, alpha)
        assert form.plane_format() == planes

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
        chosen, form = choose(Settings(), describe(source), size, False)
        assert (chosen, form.name) == (codec, output)

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
        assert choose(Settings(codec=codec), describe(source), EVEN, False)[1].name == output

    def test_interlaced_fields_need_whole_chroma_rows(self):
        assert choose(Settings(), describe("yuv420p"), (64, 50), False)[1].name == "yuv420p"
        assert choose(Settings(), describe("yuv420p"), (64, 50), True)[1].name == "yuv422p"

    @pytest.mark.parametrize("codec", [codec for codec in CODECS if codec != "auto"])
    @pytest.mark.parametrize("source", ["gray", "yuv420p10le", "yuv444p12le", "gray16le", "bgra"])
    @pytest.mark.parametrize("size", [EVEN, ODD])
    def test_never_loses_a_bit_of_luma(self, codec, source, size):
        form = describe(source)
        try:
            _, output = choose(Settings(codec=codec), form, size, False)
        except SettingsError:
            assert form.depth > 10
        else:
            assert output.depth >= form.depth
            known = av.Codec(ENCODERS[codec].library, "w").video_formats
            assert output.name in {f.name for f in known}


class TestOptions:
    def test_of_ffv1_are_the_archives(self):
        options = encoder_options("ffv1", Settings(), describe("yuv420p"), (640, 480))
        assert options == {
            "level": "3",
            "coder": "1",
            "context": "1",
            "g": "1",
            "slices": "24",
            "slicecrc": "1",
        }

    @pytest.mark.parametrize(("form", "profile"), [("yuv422p10le", "hq"), ("yuv444p10le", "4444")])
    def test_of_prores_name_the_profile(self, form, profile):
        assert encoder_options("prores", Settings(), describe(form), EVEN)["profile"] == profile

    def test_of_h264(self):
        options = encoder_options("h264", Settings(), describe("yuv420p"), EVEN)
        assembly = options.pop("x264-params", "asm=AVX2")  # only where there is AVX-512
        assert "AVX2" in assembly and "AVX512" not in assembly
        assert options == {"preset": "veryfast", "crf": "16", "threads": "4"}
        options = encoder_options(
            "h264", Settings(quality=20.5, preset="slow"), describe("yuv420p"), EVEN
        )
        assert options | {"preset": "slow", "crf": "20.5", "threads": "4"} == options
