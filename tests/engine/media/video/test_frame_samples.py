"""Luma and alpha are those of the decoded frame, in every pixel format that FFmpeg has."""

from __future__ import annotations

import av
import av.video.format
import numpy as np
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.color_tags import ColorTags, resolve
from kinemacolor.engine.media.video.frame_samples import (
    AlphaExtractor,
    LumaExtractor,
    can_be_read,
)
from kinemacolor.engine.media.video.pixel_formats import describe
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film, pictures_of
from tests.engine.media.video.pixel_layout import (
    ALPHA,
    BAYER,
    FLOAT,
    HARDWARE,
    PALETTE,
    RGB,
    XYZ,
    layout,
    random_frame,
    samples,
)

SIZES = [(64, 48), (65, 49), (161, 7)]
IN_MEMORY = [name for name in sorted(av.video.format.names) if not layout(name).flags & HARDWARE]
READ = [name for name in IN_MEMORY if can_be_read(name)]
# What no decoder of films gives.
UNREAD = {
    *("rgb4", "bgr4", "gray32le", "gray32be", "x2rgb10be", "x2bgr10be", "xv30be", "v30xbe"),
    *("y210be", "y212be", "y216be"),
    *(f"{name}{order}" for name in ("gbrap32", "rgb96", "rgba128") for order in ("le", "be")),
    *(
        f"{name}{bits}{o}"
        for name in ("rgbf", "rgbaf", "yaf")
        for bits in (16, 32)
        for o in ("le", "be")
    ),
}
INTEGER = [n for n in READ if not layout(n).flags & (BAYER | FLOAT | XYZ)]


def spread(codes: np.ndarray, bits: int, depth: int) -> np.ndarray:
    """Codes of few bits over all of a greater depth, so that white stays white."""
    return np.rint(codes * ((1 << depth) - 1) / ((1 << bits) - 1))


def red_green_blue(frame: av.VideoFrame) -> list[np.ndarray]:
    known = layout(frame.format.name)
    depth = describe(frame.format.name).depth
    if known.flags & PALETTE:
        colors = np.frombuffer(memoryview(frame.planes[1]), np.uint8).reshape(-1, 4)
        entries = samples(frame, 0)
        return [colors[entries, byte].astype(int) for byte in (2, 1, 0)]
    return [spread(samples(frame, i), known.component[i].depth, depth) for i in range(3)]


class TestLuma:
    @pytest.mark.parametrize("name", INTEGER)
    def test_is_the_frames_own(self, name):
        for size in SIZES:
            frame = random_frame(name, size)
            luma = LumaExtractor(name).extract(frame)
            if layout(name).flags & (RGB | PALETTE):
                red, green, blue = red_green_blue(frame)
                wanted = 0.2126 * red + 0.7152 * green + 0.0722 * blue
                assert np.abs(luma - wanted).max() < 0.50001
            else:
                wanted = samples(frame, 0)
                if name.startswith("mono"):
                    wanted = 255 * (wanted == (name == "monob"))
                np.testing.assert_array_equal(luma, wanted)
            assert luma.dtype == (np.uint8 if describe(name).depth == 8 else np.uint16)
            assert luma.flags.c_contiguous and luma.flags.owndata

    @pytest.mark.parametrize("name", READ)
    def test_is_the_same_every_time(self, name):
        frame, extractor = random_frame(name, (161, 50)), LumaExtractor(name)
        first = extractor.extract(frame)
        for _ in range(3):
            np.testing.assert_array_equal(extractor.extract(frame), first)

    @pytest.mark.parametrize(
        "name", ["grayf32le", "grayf16be", "gbrpf32le", "gbrpf16le", "gbrapf32be"]
    )
    def test_of_floating_point_is_cut_to_what_can_be_shown(self, name):
        frame = random_frame(name, (64, 48))
        known = layout(name)
        order = ">" if name.endswith("be") else "<"
        for plane in frame.planes:
            values = np.frombuffer(memoryview(plane), f"{order}f{known.component[0].depth // 8}")
            values.reshape(48, -1)[0, :4] = (np.nan, -1, 2, np.inf)
        luma = LumaExtractor(name).extract(frame)
        assert luma[0, :4].tolist() == [0, 0, 65535, 65535]
        assert 20000 < luma[1:].mean() < 45000

    def test_is_refused_in_the_rest(self):
        assert set(IN_MEMORY) - set(READ) == UNREAD
        with pytest.raises(MediaError, match="pixel format gray32le cannot be read"):
            resolve(ColorTags(), describe("gray32le"), 48, "film")


class TestAlpha:
    @pytest.mark.parametrize(
        "name", [name for name in INTEGER if layout(name).flags & ALPHA and describe(name).alpha]
    )
    @pytest.mark.parametrize("deeper", [False, True])
    def test_is_the_frames_own(self, name, deeper):
        known = layout(name)
        depth = 16 if deeper else describe(name).depth
        for size in SIZES:
            frame = random_frame(name, size)
            alpha = AlphaExtractor(name, depth).extract(frame)
            last = known.components - 1
            wanted = spread(samples(frame, last), known.component[last].depth, depth)
            np.testing.assert_array_equal(alpha, wanted)


class TestFilm:
    @pytest.mark.parametrize(
        ("codec", "pix_fmt"),
        [
            ("rawvideo", "gbrap"),
            ("rawvideo", "gbrap16le"),
            ("ffv1", "gbrap10le"),
            ("ffv1", "gbrap12le"),
            ("ffv1", "gbrap14le"),
            ("ffv1", "gbrap16le"),
        ],
    )
    def test_of_planar_rgb_with_alpha_goes_through_whole(self, tmp_path, codec, pix_fmt):
        source = make_film(
            tmp_path / "in.nut", codec=codec, pix_fmt=pix_fmt, size=(161, 121), frames=4
        )
        done = pass_film(source, tmp_path, Settings(codec="ffv1"))
        before, after = pictures_of(source), pictures_of(done.target)
        again = [frame.luma for frame in read_frames(probe(source))]
        shift = describe(done.spec.pix_fmt).depth - describe(pix_fmt).depth
        for old, new, luma in zip(before, after, again, strict=True):
            green, blue, red, alpha = (plane.astype(float) for plane in old.planes)
            wanted = 0.2126 * red + 0.7152 * green + 0.0722 * blue
            assert np.abs(luma - wanted).max() < 0.50001
            bits = describe(pix_fmt).depth
            np.testing.assert_array_equal(new.planes[0] >> shift, luma)
            np.testing.assert_array_equal(
                new.planes[0], spread(luma.astype(float), bits, bits + shift)
            )
            np.testing.assert_array_equal(new.planes[3], spread(alpha, bits, bits + shift))


def test_samples_of_more_bits_than_the_format_are_refused():
    """Raw video of another depth than its container says; no decoder gives such."""
    frame = random_frame("yuv420p10le", (16, 16))
    extractor = LumaExtractor("yuv420p10le", "scan.nut")
    assert extractor.extract(frame).max() < 1024
    np.frombuffer(memoryview(frame.planes[0]), "<u2")[:] = 1500
    with pytest.raises(MediaError, match=r"scan\.nut: has samples of more than the 10 bits of yuv"):
        extractor.extract(frame)
