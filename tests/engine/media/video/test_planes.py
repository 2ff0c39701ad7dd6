"""The promise that matters most: the luma plane of the output is the source's."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.writer import FilmWriter
from kinemacolor.engine.pipeline.output_choice import choose_output
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import chroma_of, pass_film
from tests.engine.media.video.films import make_film, pictures_of

FFV1 = Settings(codec="ffv1")
PLANAR = {  # source: output in FFV1
    "gray": "yuv420p",
    "gray10le": "yuv420p10le",
    "gray12le": "yuv420p12le",
    "gray16le": "yuv420p16le",
    "yuv420p": "yuv420p",
    "yuv422p10le": "yuv422p10le",
    "yuv444p": "yuv444p",
    "yuv444p16le": "yuv444p16le",
    "yuv411p": "yuv411p",
}


class TestLuma:
    @pytest.mark.parametrize("size", [(64, 48), (65, 49), (3, 2)])
    @pytest.mark.parametrize("pix_fmt", PLANAR)
    def test_reaches_a_lossless_encoder_byte_for_byte(self, tmp_path, pix_fmt, size):
        slices = {"slices": "1"} if size == (3, 2) else {}
        source = make_film(
            tmp_path / "in.mkv", pix_fmt=pix_fmt, size=size, frames=4, options=slices
        )
        done = pass_film(source, tmp_path, FFV1)
        before, after = pictures_of(source), pictures_of(done.target)
        assert [p.time for p in after] == [p.time for p in before]
        for old, new in zip(before, after, strict=True):
            assert new.frame.format.name == PLANAR[pix_fmt] == done.spec.pix_fmt
            np.testing.assert_array_equal(new.planes[0], old.planes[0])

    @pytest.mark.parametrize(
        ("container", "codec", "pix_fmt"),
        [
            ("in.avi", "rawvideo", "uyvy422"),  # packed
            ("in.mkv", "ffv1", "ya8"),
            ("in.mov", "rawvideo", "gray16be"),
            ("in.avi", "mjpeg", "yuvj422p"),
        ],
    )
    def test_is_taken_from_other_layouts_unchanged(self, tmp_path, container, codec, pix_fmt):
        source = make_film(tmp_path / container, codec=codec, pix_fmt=pix_fmt, frames=3)
        done = pass_film(source, tmp_path, FFV1)
        for old, new in zip(pictures_of(source), pictures_of(done.target), strict=True):
            if pix_fmt == "uyvy422":
                raw = np.frombuffer(old.frame.planes[0], np.uint8).reshape(48, -1)
                luma = raw[:, 1:128:2]
            elif pix_fmt == "ya8":
                luma = np.frombuffer(old.frame.planes[0], np.uint8).reshape(48, -1)[:, :128:2]
            else:
                luma = old.planes[0]
            np.testing.assert_array_equal(new.planes[0], luma)

    @pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "prores"])
    def test_is_close_after_a_lossy_encoder(self, tmp_path, codec):
        source = make_film(tmp_path / "in.mkv", pix_fmt="yuv420p", color={"color_range": 1})
        done = pass_film(source, tmp_path, Settings(codec=codec))
        before, after = pictures_of(source), pictures_of(done.target)
        scale = 4 if codec == "prores" else 1
        for old, new in zip(before, after, strict=True):
            error = new.planes[0].astype(float) / scale - old.planes[0]
            assert np.abs(error).mean() < 5  # of the sample's noise of 9

    def test_rgb_of_equal_parts_becomes_that_grey(self, tmp_path):
        source = make_film(tmp_path / "in.mkv", pix_fmt="bgr0", frames=2)
        info = probe(source)
        spec = choose_output(info, Settings())
        frame = next(read_frames(info))
        old = np.frombuffer(pictures_of(source)[0].frame.planes[0], np.uint8)
        blue, green, red = (old.reshape(48, -1, 4)[:, :64, i].astype(float) for i in range(3))
        np.testing.assert_allclose(
            frame.luma, 0.2126 * red + 0.7152 * green + 0.0722 * blue, atol=0.51
        )
        assert (info.encoding.matrix, info.encoding.full_range) == ("bt709", True)
        assert (spec.tags.matrix, spec.tags.range) == (1, 2)
        assert spec.pix_fmt == "yuv444p"

    @pytest.mark.parametrize(
        ("pix_fmt", "bits", "shift"),
        [("gray", 10, 2), ("yuv420p", 12, 4), ("yuvj420p", 10, 2), ("yuv422p9le", 10, 1)],
    )
    def test_of_few_bits_fills_more_exactly(self, tmp_path, pix_fmt, bits, shift):
        codec = "mjpeg" if pix_fmt == "yuvj420p" else "ffv1"
        source = make_film(tmp_path / "in.mkv", codec=codec, pix_fmt=pix_fmt, frames=2)
        done = pass_film(source, tmp_path, Settings(codec="ffv1", bit_depth=str(bits)))
        assert done.spec.pix_fmt.endswith(f"p{bits}le")
        frames = list(read_frames(done.info))
        full = done.info.encoding.full_range
        last, largest = (2**depth - 1 for depth in (done.info.encoding.depth, bits))
        for frame, new in zip(frames, pictures_of(done.target), strict=True):
            np.testing.assert_array_equal(new.planes[0] >> shift, frame.luma)
            exact = frame.luma * (largest / last if full else 2.0**shift)
            assert np.abs(new.planes[0] - exact).max() <= (0.5 if full else 0)
            for wanted, plane in zip(
                chroma_of(done.info, done.spec, frame), new.planes[1:3], strict=True
            ):
                np.testing.assert_array_equal(plane, wanted)


class TestChroma:
    @pytest.mark.parametrize("pix_fmt", ["gray", "yuv422p10le", "yuv444p"])
    def test_is_what_was_written(self, tmp_path, pix_fmt):
        source = make_film(tmp_path / "in.mkv", pix_fmt=pix_fmt, size=(65, 49), frames=3)
        done = pass_film(source, tmp_path, FFV1)
        after = pictures_of(done.target)
        for frame, new in zip(read_frames(done.info), after, strict=True):
            for wanted, plane in zip(
                chroma_of(done.info, done.spec, frame), new.planes[1:3], strict=True
            ):
                np.testing.assert_array_equal(plane, wanted)

    def test_of_the_wrong_shape_or_type_is_refused(self, tmp_path):
        info = probe(make_film(tmp_path / "in.mkv"))
        spec = choose_output(info, Settings())
        frame = next(read_frames(info))
        blue, red = chroma_of(info, spec, frame)
        for bad in (blue[:-1], blue.astype(np.uint16)):
            with (
                pytest.raises(ValueError, match="a plane is"),
                FilmWriter(info, spec, tmp_path / "out.mkv") as writer,
            ):
                writer.write(frame, bad, red)
        assert not (tmp_path / "out.mkv").exists()


class TestAlpha:
    def test_is_kept_where_the_encoder_can(self, tmp_path):
        source = make_film(tmp_path / "in.mkv", pix_fmt="yuva420p", frames=3)
        done = pass_film(source, tmp_path)
        assert (done.spec.codec, done.spec.pix_fmt) == ("ffv1", "yuva420p")
        for old, new in zip(pictures_of(source), pictures_of(done.target), strict=True):
            np.testing.assert_array_equal(new.planes[3], old.planes[3])

    def test_is_noted_where_it_cannot(self, tmp_path):
        source = make_film(tmp_path / "in.mkv", pix_fmt="yuva420p", frames=3)
        spec = choose_output(probe(source), Settings(codec="h264"))
        assert spec.pix_fmt == "yuv420p"
        assert any("transparency" in note for note in spec.notes)


class TestReader:
    def test_hands_out_a_plane_of_its_own(self, tmp_path):
        source = make_film(tmp_path / "in.mkv", codec="libx264", pix_fmt="yuv420p", size=(70, 48))
        frames = list(read_frames(probe(source)))
        expected = [p.planes[0] for p in pictures_of(source)]
        for frame, plane in zip(frames, expected, strict=True):
            assert frame.luma.flags.c_contiguous
            np.testing.assert_array_equal(frame.luma, plane)
        assert [f.index for f in frames] == list(range(12))

    def test_survives_the_writing_of_its_frames(self, tmp_path):
        """A caller may keep luma for later frames: the writer must not write into it."""
        source = make_film(tmp_path / "in.mkv", pix_fmt="yuv420p")
        info = probe(source)
        spec = choose_output(info, Settings())
        frames = list(read_frames(info))
        kept = [frame.luma.copy() for frame in frames]
        with FilmWriter(info, spec, tmp_path / "out.mkv") as writer:
            for frame in frames:
                writer.write(frame, *chroma_of(info, spec, frame))
        for frame, copy in zip(frames, kept, strict=True):
            np.testing.assert_array_equal(frame.luma, copy)

    def test_refuses_a_film_that_changes_its_size(self, tmp_path):
        parts = [
            make_film(
                tmp_path / f"{width}.ts",
                codec="libx264",
                pix_fmt="yuv420p",
                size=(width, 48),
                time_base=Fraction(1, 90000),
                rate=25,
            )
            for width in (64, 96)
        ]
        joined = tmp_path / "joined.ts"
        joined.write_bytes(b"".join(part.read_bytes() for part in parts))
        with pytest.raises(MediaError, match=r"changes from 64x48 .* to 96x48"):
            list(read_frames(probe(joined)))
