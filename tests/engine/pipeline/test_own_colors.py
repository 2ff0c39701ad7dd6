"""Films in colour: whole, shot by shot, in every way that a film is coloured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinemacolor.engine.color.chroma import Chroma
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.pipeline.color_runs import Sample, hues_of, runs_in_color, shown
from kinemacolor.engine.pipeline.output_choice import choose_output
from kinemacolor.engine.pipeline.own_colors import ColorSampler, OwnColors, with_colors
from kinemacolor.engine.settings import Settings
from tests.engine.in_color import BLUE, GREY, SEPIA, colored_shot, tinted_shot, write_color
from tests.engine.media.video.films import pictures_of
from tests.engine.pipeline.test_segmentation import in_segments
from tests.engine.tint import tinting_worker

SHOTS = (14, 20, 14)  # grey, in colour, sepia
OWN = range(14, 34)


def nothing():
    """What a job does after a frame, here."""


@pytest.fixture
def worker(monkeypatch):
    return tinting_worker(monkeypatch, on_color="keep")


def mixed(path, pix_fmt="yuv420p"):
    frames = tinted_shot(14, GREY, 5) + colored_shot(20) + tinted_shot(14, SEPIA, 9)
    return write_color(path, frames, pix_fmt)


def samples(*spreads, every=4, hue="sepia", strength=9.0, tells=True):
    return [
        Sample(every * n, Chroma(spread, strength, hue, tells)) for n, spread in enumerate(spreads)
    ]


class TestRuns:
    def test_are_whole_shots(self):
        seen = samples(0, 1, 9, 2.1, 8, 1, 1)
        assert runs_in_color(seen, [0, 8, 20], 30) == ((8, 20),)

    def test_of_neighbouring_shots_are_one(self):
        assert runs_in_color(samples(9, 9, 8, 7, 0), [0, 8, 16], 20) == ((0, 16),)

    def test_do_not_flicker(self):
        seen = samples(*[2.0, 2.5] * 10)
        assert len(runs_in_color(seen, [0], 80)) <= 1

    def test_are_found_where_the_change_was_not_seen_as_a_cut(self):
        seen = samples(*[0.2] * 10, *[7] * 10)
        assert runs_in_color(seen, [0], 80) == ((40, 80),)

    @pytest.mark.parametrize(
        ("shots", "runs"), [([0, 12, 24], ((0, 36),)), ([0, 24], ((0, 36),)), ([0], ((0, 36),))]
    )
    def test_hold_what_is_too_dark_to_tell(self, shots, runs):
        seen = samples(9, 9, 9, 0, 0, 0, 9, 9, 9)
        dark = [
            Sample(s.number, Chroma(0, 0, "", tells=False)) if 12 <= s.number < 24 else s
            for s in seen
        ]
        assert runs_in_color(dark, shots, 36) == runs

    def test_begin_with_the_first_frame_however_dark(self):
        dark = [*samples(0, 0, 0, tells=False), Sample(12, Chroma(9, 9, "red"))]
        assert runs_in_color(dark, [0, 12], 20) == ((0, 20),)

    def test_are_none_where_all_is_dark(self):
        assert runs_in_color(samples(0, 0, tells=False), [0], 8) == ()

    def test_are_told_and_not_all_of_many(self):
        assert shown([(0, 120)]) == "frames 0-119"
        assert shown([(0, 4), (8, 12)]) == "frames 0-3 and 8-11"
        assert shown([(9 * n, 9 * n + 4) for n in range(9)]).endswith("and 4 more runs")

    def test_leave_the_hues_of_the_rest(self):
        seen = [*samples(0, 0, 0, 0), Sample(16, Chroma(9, 9, "red"))]
        assert hues_of(seen, [(16, 20)]) == ("sepia",)
        assert hues_of(samples(0, 0, strength=1.0), []) == ()


class TestFilm:
    @pytest.mark.parametrize(
        ("pix_fmt", "bits", "shift"),
        [
            *((name, "auto", 0) for name in ("yuv420p", "yuv422p", "yuv444p10le", "yuv422p16le")),
            ("yuv420p", "10", 2),
            ("yuv444p10le", "12", 2),
        ],
    )
    def test_keeps_its_own_chroma_in_shots_in_color(
        self, tmp_path, monkeypatch, pix_fmt, bits, shift
    ):
        worker = tinting_worker(monkeypatch, on_color="keep", bit_depth=bits)
        source = mixed(tmp_path / "in.mkv", pix_fmt)
        report = worker.film(source, tmp_path / "out.mkv", nothing)
        assert report.frames == sum(SHOTS) and not report.given_back
        before, after = pictures_of(source), pictures_of(tmp_path / "out.mkv")
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            luma, *chroma = (np.left_shift(p, shift, dtype=new.planes[0].dtype) for p in old.planes)
            np.testing.assert_array_equal(luma, new.planes[0])
            same = all(map(np.array_equal, chroma, new.planes[1:]))
            assert same == (number in OWN)
        assert "is in colour already in frames 14-33, which keep their colours" in report.notes
        assert "its one hue (sepia) was replaced" in report.notes

    @pytest.mark.parametrize(("pix_fmt", "codec"), [("bgr24", "ffv1"), ("yuv411p", "prores")])
    def test_keeps_its_colors_where_the_layout_is_another(
        self, tmp_path, monkeypatch, pix_fmt, codec
    ):
        worker = tinting_worker(monkeypatch, on_color="keep", codec=codec)
        suffix = ".mov" if codec == "prores" else ".mkv"
        frames = tinted_shot(14, GREY, 5) + colored_shot(20)
        source = write_color(tmp_path / "in.mkv", frames, "yuv411p" if "411" in pix_fmt else "bgr0")
        worker.film(source, tmp_path / f"out{suffix}", nothing)
        seen = [
            item.frame.to_ndarray(format="rgb24").astype(int)
            for item in pictures_of(tmp_path / f"out{suffix}")
        ]
        far = [np.abs(a - b).mean() for a, b in zip(frames, seen, strict=True)]
        assert max(far[14:]) < 8 < min(far[:14])

    def test_of_rgb_keeps_its_colors_to_all_the_bits(self, tmp_path):
        """By BT.709's numbers in floating point, for the luma that there is."""
        info = probe(write_color(tmp_path / "in.mkv", colored_shot(1), "bgr0"))
        [frame] = read_frames(info)
        rgb = frame.av_frame.to_ndarray(format="rgb24").astype(float)
        spec = choose_output(info, Settings(codec="ffv1", bit_depth="10"))
        found = OwnColors(info, [(0, 1)], spec).planes(frame)
        for plane, primary, weight in zip(found, (2, 0), (0.0722, 0.2126), strict=True):
            exact = (rgb[..., primary] - frame.luma) / 255 / (2 * (1 - weight)) * 1023 + 512
            assert plane.dtype == np.uint16 and np.abs(plane - exact).max() < 0.51

    def test_of_another_matrix_keeps_them_to_all_the_bits(self, tmp_path):
        """DNxHR is BT.709: blue and red less luma stay what they were, as BT.601 tells them."""
        frames = colored_shot(1, size=(128, 256))
        info = probe(write_color(tmp_path / "in.mkv", frames, "yuv422p"))
        assert info.encoding.matrix == "bt601"
        [frame] = read_frames(info)
        spec = choose_output(info, Settings(codec="dnxhr", bit_depth="10"))
        [picture] = pictures_of(info.path)
        found = OwnColors(info, [(0, 1)], spec).planes(frame)
        for plane, was, old, new in zip(
            found, picture.planes[1:], (0.114, 0.299), (0.0722, 0.2126), strict=True
        ):
            exact = (was - 128.0) * 4 * (1 - old) / (1 - new) + 512
            assert np.abs(plane - exact).max() < 0.51

    @pytest.mark.parametrize(("longest", "bits"), [(7, "auto"), (20, "10"), (100, "auto")])
    def test_in_segments_is_what_the_whole_gives(self, tmp_path, monkeypatch, longest, bits):
        worker = tinting_worker(
            monkeypatch, on_color="keep", segment_frames=longest, bit_depth=bits
        )
        source = mixed(tmp_path / "in.mkv")
        whole = worker.film(source, tmp_path / "whole.mkv", nothing)
        report, _ = in_segments(worker, source, tmp_path / "cut.mkv", order=longest)
        assert report == whole
        pair = [pictures_of(tmp_path / f"{name}.mkv") for name in ("whole", "cut")]
        for one, other in zip(*pair, strict=True):
            for plane, same in zip(one.planes, other.planes, strict=True):
                np.testing.assert_array_equal(plane, same)

    def test_wholly_in_color_is_given_back(self, tmp_path, worker):
        source = write_color(tmp_path / "in.mkv", colored_shot(12) + colored_shot(12, 7))
        report = worker.film(source, tmp_path / "out.mkv", nothing)
        assert report.given_back and not (tmp_path / "out.mkv").exists()
        assert "--on-color recolor" in report.notes[0]

    def test_wholly_in_color_is_none_with_titles_of_one_hue(self, tmp_path, worker):
        source = write_color(tmp_path / "in.mkv", tinted_shot(12, BLUE, 5) + colored_shot(12))
        report = worker.film(source, tmp_path / "out.mkv", nothing)
        assert report.frames == 24
        assert "its one hue (blue) was replaced" in report.notes

    def test_of_several_hues_is_colored_and_told(self, tmp_path, worker):
        source = write_color(
            tmp_path / "in.mkv", tinted_shot(16, SEPIA, 5) + tinted_shot(12, BLUE, 9)
        )
        report = worker.film(source, tmp_path / "out.mkv", nothing)
        assert report.notes[-1] == "its hues (sepia, blue), one to a shot, were replaced"

    def test_in_an_excerpt_keeps_its_colors(self, tmp_path, monkeypatch):
        worker = tinting_worker(monkeypatch, on_color="keep", frames="16-25")
        source = mixed(tmp_path / "in.mkv")
        report = worker.film(source, tmp_path / "out.mkv", nothing)
        assert report.frames == 10
        assert "in frames 16-25, which keep their colours" in " ".join(report.notes)
        before = pictures_of(source)[16:26]
        for old, new in zip(before, pictures_of(tmp_path / "out.mkv"), strict=True):
            for plane, same in zip(old.planes, new.planes, strict=True):
                np.testing.assert_array_equal(plane, same)

    @pytest.mark.parametrize(("frames", "hue"), [("16-25", False), ("36-45", True)])
    def test_in_an_excerpt_is_told_of_its_own_hues_alone(self, tmp_path, monkeypatch, frames, hue):
        worker = tinting_worker(monkeypatch, on_color="keep", frames=frames)
        report = worker.film(mixed(tmp_path / "in.mkv"), tmp_path / "out.mkv", nothing)
        assert ("its one hue (sepia) was replaced" in report.notes) == hue

    def test_is_colored_anew_where_that_is_asked_for(self, tmp_path, monkeypatch):
        source = mixed(tmp_path / "in.mkv")
        worker = tinting_worker(monkeypatch, on_color="recolor")
        report = worker.film(source, tmp_path / "out.mkv", nothing)
        assert "was in colour already in frames 14-33: coloured anew from its light" in report.notes
        pair = pictures_of(source), pictures_of(tmp_path / "out.mkv")
        for old, new in zip(*pair, strict=True):
            assert not np.array_equal(old.planes[1], new.planes[1])

    @pytest.mark.parametrize("whole", [True, False])
    def test_is_refused_where_that_is_asked_for(self, tmp_path, monkeypatch, whole):
        worker = tinting_worker(monkeypatch, on_color="fail")
        source = tmp_path / "in.mkv"
        write_color(source, colored_shot(12)) if whole else mixed(source)
        for work in (
            lambda: worker.index(source, nothing),
            lambda: worker.film(source, tmp_path / "out.mkv", nothing),
        ):
            with pytest.raises(MediaError, match="is in colour already") as caught:
                work()
            assert ("frames 14-33" in str(caught.value)) != whole
        assert not (tmp_path / "out.mkv").exists()


def test_damaged_frames_are_not_looked_at(tmp_path):
    info = probe(write_color(tmp_path / "in.mkv", colored_shot(6)))
    frames = list(read_frames(info))
    index = FilmIndex(*([[frame.pts for frame in frames]] * 4), [0], 0, ())
    for damaged in (False, True):
        sampler = ColorSampler(info)
        for frame in frames:
            sampler.look(replace(frame, damaged=damaged), always=True)
        assert with_colors(index, sampler.samples).in_color == (() if damaged else ((0, 6),))


def test_an_index_remembers_what_is_in_color(tmp_path, worker):
    index = worker.index(mixed(tmp_path / "in.mkv"), nothing)
    assert index.in_color == ((14, 34),) and index.hues == ("sepia",)
    index.write(tmp_path / "index.json")
    assert FilmIndex.read(tmp_path / "index.json") == index
