"""Guided films through the worker: in one go or unit by unit, the same; what is told of them."""

from __future__ import annotations

import json
from functools import partial
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

import kinemacolor
from kinemacolor.engine.guidance.exemplars.exemplar import FilmExemplars, ShotExemplars
from kinemacolor.engine.guidance.exemplars.exemplar_files import rounded
from kinemacolor.engine.guidance.guide_file.pictures import read_picture
from kinemacolor.engine.media.video.provenance_tag import tag_of_film
from kinemacolor.engine.motion.frames import LumaFrame
from kinemacolor.engine.pipeline import film, guided_colors, guided_film, worker
from kinemacolor.engine.pipeline.film_stages import FilmStages
from kinemacolor.engine.pipeline.segmentation import plan_segments
from tests.engine.in_color import GREY, colored_shot, tinted_shot, write_color
from tests.engine.media.video.films import pictures_of
from tests.engine.pipeline.carriers import TellingCarrier, exemplar
from tests.engine.tint import Tint, pan, tinting_worker, write_grey

ENCODER = SimpleNamespace(digest="0" * 64)


def built(source, index, guide, *_):
    """Exemplars of key frames alone."""
    shots = [
        ShotExemplars(
            start,
            tuple(
                rounded(exemplar(key.frame, ab=read_picture(key.picture, 32)[1]))
                for key in guide.key_frames
                if start <= key.frame < stop
            ),
        )
        for start, stop in zip(guide.shots, (*guide.shots[1:], 10**9), strict=True)
    ]
    return FilmExemplars(tuple(shots), ("was guided",))


@pytest.fixture(autouse=True)
def standing_in(monkeypatch):
    monkeypatch.setattr(guided_colors, "Carrier", TellingCarrier)
    monkeypatch.setattr(guided_film, "build_exemplars", built)
    for module in (film, worker):
        monkeypatch.setattr(module, "Encoder", lambda: ENCODER)


@pytest.fixture
def reel(tmp_path):
    return write_grey(tmp_path / "in.mkv", [*pan(30, seed=1), *pan(12, seed=2)])


def painted(height=64, width=96):
    """A picture of two colours, side by side."""
    rgb = np.full((height, width, 3), (150, 90, 70), np.uint8)
    rgb[:, width // 2 :] = (70, 100, 150)
    return rgb


@pytest.fixture
def guide(tmp_path):
    cv2.imwrite(str(tmp_path / "key.png"), painted()[..., ::-1])
    key = {"frame": 12, "picture": str(tmp_path / "key.png")}
    cut = {"edit": "add", "frame": 20}
    return json.dumps({"version": 1, "key_frames": [key], "cuts": [cut]})


def in_units(made, source, guide, target, longest=9):
    """Colour as jobs do; the facts of the exemplars, and what was led."""
    index, folder = made.index(source, lambda: None), target.with_suffix(".exemplars")
    facts = made.exemplars(source, index, guide, folder, lambda: None)
    how = made.settings
    cut = plan_segments(
        index.stop,
        facts.starts,
        longest,
        how.smoothing_window,
        how.key_distance,
        given=facts.given,
    )
    parts = [target.with_name(f"{target.stem}-{part.start}") for part in cut]
    colors = [
        made.segment(source, index, part, place, lambda: None, folder)
        for part, place in zip(cut, parts, strict=True)
    ]
    made.assemble(source, index, parts, target, {"guide": "sha256:" + "a" * 64})
    return facts, [pair for one in colors for pair in one.led]


def same_planes(one, other):
    pairs = zip(pictures_of(one), pictures_of(other), strict=True)
    return all(all(map(np.array_equal, a.planes, b.planes)) for a, b in pairs)


class TestFilm:
    def test_in_one_go_is_that_of_units(self, tmp_path, monkeypatch, reel, guide):
        made = tinting_worker(monkeypatch)
        report = made.film(reel, tmp_path / "once.mkv", lambda: None, guide)
        facts, led = in_units(made, reel, guide, tmp_path / "units.mkv")
        assert same_planes(tmp_path / "once.mkv", tmp_path / "units.mkv")
        assert report.frames == 42 and "was guided" in report.notes
        assert (facts.starts, facts.given, facts.touched) == ((0, 20, 30), (12,), (0,))
        assert facts.names == (("frame 12",), (), ())
        assert (facts.points, facts.known) == ((), (1.0, 0.0, 0.0))
        assert max(number for number, _ in led) == 19
        assert all(tag_of_film(tmp_path / f"{name}.mkv").guide for name in ("once", "units"))

    def test_of_an_excerpt_knows_its_frames_by_their_numbers(
        self, tmp_path, monkeypatch, reel, guide
    ):
        made = tinting_worker(monkeypatch, frames="9-25")
        made.film(reel, tmp_path / "once.mkv", lambda: None, guide)
        tinting_worker(monkeypatch).film(reel, tmp_path / "whole.mkv", lambda: None, guide)
        once, whole = (pictures_of(tmp_path / f"{name}.mkv") for name in ("once", "whole"))
        for one, other in zip(once, whole[9:26], strict=True):
            assert all(map(np.array_equal, one.planes, other.planes))

    def test_that_is_not_guided_has_no_exemplars(self, tmp_path, monkeypatch, reel):
        monkeypatch.setattr(film, "make_exemplars", None)
        made = tinting_worker(monkeypatch)
        assert "was guided" not in made.film(reel, tmp_path / "out.mkv", lambda: None).notes

    def test_has_exemplars_where_colors_are_held_together(self, tmp_path, monkeypatch, reel):
        made = tinting_worker(monkeypatch, color_memory=True)
        assert "was guided" in made.film(reel, tmp_path / "out.mkv", lambda: None).notes

    def test_that_does_not_fit_its_guide_fails_whole(self, tmp_path, monkeypatch, reel):
        made = tinting_worker(monkeypatch)
        said = json.dumps(
            {"version": 1, "points": [{"frame": 99, "x": 1, "y": 1, "color": "grey"}]}
        )
        with pytest.raises(kinemacolor.KinemacolorError, match="99 is beyond the end"):
            made.film(reel, tmp_path / "out.mkv", lambda: None, said)
        assert not (tmp_path / "out.mkv").exists()

    def test_keeps_the_colors_of_a_key_frame(self, tmp_path, monkeypatch, reel, guide):
        """To .3 of a unit, which is a third of a difference that is just seen."""
        kept, plain = {}, FilmStages._recombine

        def keeping(stages, frame):
            kept[frame.index] = frame.ab
            return plain(stages, frame)

        monkeypatch.setattr(FilmStages, "_recombine", keeping)
        tinting_worker(monkeypatch).film(reel, tmp_path / "out.mkv", lambda: None, guide)
        _, given = read_picture(tmp_path / "key.png", 32)
        assert np.linalg.norm(kept[12] - given, axis=2).mean() < 0.3
        assert np.linalg.norm(kept[25] - given, axis=2).mean() > 5  # beyond the cut


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"on_color": "keep"}, "what was said of shot 1 has no effect"),
        ({"on_color": "keep", "frames": "13-15"}, "what was said of its colours has no effect"),
        ({"on_color": "recolor"}, ""),
    ],
)
def test_shots_in_color_keep_their_own_whatever_is_said(tmp_path, monkeypatch, settings, told):
    source = write_color(tmp_path / "in.mkv", [*tinted_shot(12, GREY), *colored_shot(12, 7)])
    points = [{"frame": n, "x": 9, "y": 9, "color": "grey"} for n in (3, 14)]
    said = json.dumps({"version": 1, "points": points})
    made = tinting_worker(monkeypatch, **settings)
    notes = made.film(source, tmp_path / "out.mkv", lambda: None, said).notes
    assert [n for n in notes if "no effect" in n] == [n for n in notes if told and told in n]
    assert bool(told) == any(told in n for n in notes if told)


class Colorless(Tint):
    """Finds everything grey."""

    def forward(self, lightness, hints=None):
        return 0 * super().forward(lightness, hints)


class TestGrey:
    """A person's grey is a colour; a network's is none."""

    @pytest.fixture
    def guide(self, monkeypatch):
        def built(*_):
            return FilmExemplars((ShotExemplars(0, saturation=0.0),))

        monkeypatch.setattr(guided_film, "build_exemplars", built)
        return json.dumps({"version": 1, "shots": [{"shot": 0, "saturation": 0.0}]})

    def test_of_a_whole_film_is_made(self, tmp_path, monkeypatch, reel, guide):
        made = tinting_worker(monkeypatch)
        report = made.film(reel, tmp_path / "out.mkv", lambda: None, guide)
        assert report.frames == 42
        for picture in pictures_of(tmp_path / "out.mkv"):
            assert all((plane == 128).all() for plane in picture.planes[1:3])

    @pytest.mark.parametrize("works", [True, False])
    def test_of_segments_is_told_from_a_network_s(self, tmp_path, monkeypatch, reel, guide, works):
        made = tinting_worker(monkeypatch, Tint() if works else Colorless())
        index, folder = made.index(reel, lambda: None), tmp_path / "exemplars"
        made.exemplars(reel, index, guide, folder, lambda: None)
        [cut] = plan_segments(index.stop, [0], 99, 0, 6)
        colors = made.segment(reel, index, cut, tmp_path / "part", lambda: None, folder)
        assert (colors.colored, colors.grey) == ((42, 0) if works else (0, 42))


class TestFingerprint:
    def test_knows_the_encoder_where_colors_are_held_together(self, monkeypatch):
        found = set()
        for memory in (True, False):
            for digest in ("1" * 64, "2" * 64):
                monkeypatch.setattr(worker, "Encoder", partial(SimpleNamespace, digest=digest))
                found.add(tinting_worker(monkeypatch, color_memory=memory).fingerprint)
        assert len(found) == 3

    def test_of_a_guided_shot_knows_it_always(self, tmp_path, monkeypatch, reel, guide):
        found = []
        for digest in ("1" * 64, "2" * 64):
            monkeypatch.setattr(worker, "Encoder", partial(SimpleNamespace, digest=digest))
            made = tinting_worker(monkeypatch)
            index = made.index(reel, lambda: None)
            found.append(made.exemplars(reel, index, guide, tmp_path / "a", lambda: None).digests)
        assert not set(found[0]) & set(found[1])


def test_frames_of_no_film_have_their_own_shot():
    """A frame before the first shot that is known, as of a segment, belongs to that one."""
    guided = guided_colors.GuidedColors((40,), (), lambda place: ShotExemplars(40), ENCODER)
    own = [np.ones((32, 64, 2), np.float32)]
    assert guided([LumaFrame(3, np.ones((32, 64), np.float32), None)], own)[0] is own[0]
