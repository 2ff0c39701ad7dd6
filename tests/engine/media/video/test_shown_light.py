"""A result looks as light as its source, by what a player makes of its own tags."""

from __future__ import annotations

from dataclasses import replace

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from kinemacolor.engine.media.video.code_scaling import CodeScaling
from kinemacolor.engine.media.video.pixel_formats import ColorModel, describe
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.writer import FilmWriter
from kinemacolor.engine.pipeline.output_choice import choose_container, choose_output
from kinemacolor.engine.settings import Settings
from kinemacolor.models.color.encoding import YCbCrEncoding
from tests.engine.media.video.films import make_film

SIZE = (258, 124)  # DNxHR takes it, too
FULL = {  # what shows black at 0
    "gray": ("ffv1", "gray", {}),
    "gray12": ("ffv1", "gray12le", {}),
    "gray16": ("ffv1", "gray16le", {}),
    "jpeg": ("mjpeg", "yuvj420p", {}),
    "rgb": ("ffv1", "bgr0", {}),
    "rgb48": ("png", "rgb48be", {}),
    "tagged": ("ffv1", "yuv420p10le", {"color_range": 2}),
    "matrix alone": ("ffv1", "yuv444p", {"color_range": 2, "colorspace": 9}),
}
SHALLOW = [name for name in FULL if not set(name) & set("246")]  # ProRes has these depths
LIMITED = {
    "untagged": ("libx264", "yuv420p", {}),
    "limited": ("ffv1", "yuv422p10le", {"color_range": 1, "colorspace": 5}),
}


def uncolored(source, folder, settings):
    """The film, written with neutral chroma."""
    info = probe(source)
    spec = choose_output(info, settings)
    target = folder / f"out{choose_container(info, spec, settings)}"
    with FilmWriter(info, spec, target) as writer:
        for frame in read_frames(info):
            depth = spec.encoding(info).depth
            dtype = np.uint8 if depth == 8 else np.uint16
            neutral = np.full(spec.chroma_shape, 1 << depth - 1, dtype)
            writer.write(frame, neutral, neutral)
    return target, (*spec.notes, *writer.notes)


def shown(path):
    """(frames, H, W) light of 0 to 255 as shown: FFmpeg's decoding, by the frame's own tags."""
    pictures = []
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            name = frame.format.name
            full = frame.color_range == 2 or name.startswith(("gray", "yuvj"))
            rgb = frame.reformat(
                format="rgb48le",
                src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
                dst_color_range=ColorRange.JPEG,
                src_colorspace=Colorspace.ITU709,
                interpolation=Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND,
            ).to_ndarray()
            pictures.append(rgb @ [0.2126, 0.7152, 0.0722] / 257)
    return np.stack(pictures)


def source_film(folder, name):
    """Three frames of a smooth grey wedge, from black to white of its range."""
    codec, pix_fmt, tags = (FULL | LIMITED)[name]
    suffix = ".mov" if codec == "png" else ".mkv"
    known = describe(pix_fmt)
    full = name in FULL
    encoding = YCbCrEncoding(full_range=full, depth=known.depth)
    black, span = encoding.luma_scale
    light = np.linspace(0, 1, SIZE[0]) * np.linspace(1, 0.4, SIZE[1])[:, None]
    codes = np.rint(black + span * light)

    def picture(_index, _pix_fmt, _size):
        frame = av.VideoFrame(*SIZE, pix_fmt)
        for number, plane in enumerate(frame.planes):
            dtype = np.uint8 if known.depth == 8 else np.uint16
            rows = np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)
            if known.color_model is ColorModel.RGB:  # packed, of equal parts
                parts = rows.shape[1] // plane.width
                values = codes.astype(dtype).repeat(parts, axis=1)
                rows[:, : values.shape[1]] = values.byteswap() if "be" in pix_fmt else values
            elif number == 0:
                rows[:, : SIZE[0]] = codes
            else:
                rows[:] = 1 << known.depth - 1
        return frame

    return make_film(
        folder / f"in{suffix}",
        codec=codec,
        pix_fmt=pix_fmt,
        size=SIZE,
        frames=3,
        color=tags,
        draw=picture,
    )


def light_of(source):
    """As `shown`, of a source by how its luma is read."""
    info = probe(source)
    black, span = info.encoding.luma_scale
    return np.stack([(f.luma - black) / span * 255 for f in read_frames(info)]).clip(0, 255)


class TestLight:
    @pytest.mark.parametrize(
        ("name", "codec", "container"),
        [
            *((name, "auto", "auto") for name in FULL | LIMITED),
            *((name, "ffv1", "mp4") for name in FULL | LIMITED),
            *((name, "prores", "mov") for name in [*SHALLOW, *LIMITED]),
            *((name, "dnxhr", "mov") for name in [*SHALLOW, *LIMITED]),
            ("gray", "prores", "mkv"),
            ("jpeg", "hevc", "mp4"),
            ("rgb", "av1", "mkv"),
        ],
    )
    def test_is_the_sources(self, tmp_path, name, codec, container):
        settings = Settings(codec=codec, container=container)
        source = source_film(tmp_path, name)
        target, _ = uncolored(source, tmp_path, settings)
        before, after = light_of(source), shown(target)
        assert np.abs(after - before).max() < (2 if codec == "ffv1" else 6)
        assert abs(after.mean() - before.mean()) < 0.6

    @pytest.mark.parametrize("container", ["mkv", "mp4"])
    @pytest.mark.parametrize("name", FULL)
    def test_of_a_lossless_film_is_told_by_its_tags(self, tmp_path, name, container):
        source = source_film(tmp_path, name)
        settings = Settings(codec="ffv1", container=container)
        target, notes = uncolored(source, tmp_path, settings)
        with av.open(str(target)) as film:
            frame = next(film.decode(video=0))
        assert frame.color_range == 2
        matrix = {"jpeg": 5, "rgb": 1, "rgb48": 1, "matrix alone": 9}.get(name, 2)
        if container == "mkv":
            assert frame.colorspace == matrix
        else:
            assert frame.colorspace == (6 if matrix == 2 else matrix)
            assert any("all four colour tags" in note for note in notes)


@pytest.mark.parametrize(("depth", "more"), [(8, 1), (8, 2), (8, 4), (8, 8), (10, 2), (12, 4)])
def test_full_range_stays_full_and_gives_its_codes_back(depth, more):
    scaling = CodeScaling(*(YCbCrEncoding(full_range=True, depth=d) for d in (depth, depth + more)))
    codes = np.arange(1 << depth, dtype=np.uint8 if depth == 8 else np.uint16)
    luma = scaling.luma(codes)
    assert (luma[0], luma[-1]) == (0, (1 << depth + more) - 1)
    np.testing.assert_array_equal(luma >> more, codes)
    np.testing.assert_array_equal(scaling.chroma(codes), codes.astype(np.uint16) << more)


class TestLimitedRange:
    @pytest.mark.parametrize("name", SHALLOW)
    def test_is_told_where_the_codec_has_no_other(self, tmp_path, name):
        info = probe(source_film(tmp_path, name))
        spec = choose_output(info, Settings(codec="prores"))
        assert spec.tags.range == 1
        assert spec.encoding(info) == replace(info.encoding, full_range=False, depth=10)
        assert any("limited range only" in note for note in spec.notes)

    def test_of_ten_bits_keeps_every_level_of_eight(self):
        scaling = CodeScaling(YCbCrEncoding(full_range=True), YCbCrEncoding(depth=10))
        codes = np.arange(256, dtype=np.uint8)
        luma, chroma = scaling.luma(codes), scaling.chroma(codes)
        assert (luma[0], luma[255], chroma[128]) == (64, 940, 512)
        assert len(set(luma)) == len(set(chroma)) == 256
        exact = 64 + np.arange(256) / 255 * 876
        assert np.abs(luma - exact).max() <= 0.5

    def test_is_left_as_it_is_where_the_source_has_it(self, tmp_path):
        info = probe(source_film(tmp_path, "limited"))
        spec = choose_output(info, Settings(codec="prores"))
        assert not spec.scales_range(info) and not spec.notes

    def test_of_dnxhr_is_read_as_it_is_made(self, tmp_path):
        source = source_film(tmp_path, "untagged")
        target, notes = uncolored(source, tmp_path, Settings(codec="dnxhr"))
        with av.open(str(target)) as film:
            assert next(film.decode(video=0)).colorspace == 1
            assert film.streams.video[0].codec_context.colorspace == 1
        assert any("dnxhr is BT.709" in note for note in notes)
        info = probe(source)
        spec = choose_output(info, Settings(codec="dnxhr"))
        assert (info.encoding.matrix, spec.encoding(info).matrix) == ("bt601", "bt709")
