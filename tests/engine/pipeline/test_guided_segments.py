"""Films whose frames take colours from exemplars: the pieces are the whole, cuts part them."""

from __future__ import annotations

from contextlib import closing
from functools import cache

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from kinemacolor.engine.guidance.exemplars import exemplar_files
from kinemacolor.engine.guidance.exemplars.exemplar import FilmExemplars, ShotExemplars
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.motion.frames import LumaFrame, with_flow
from kinemacolor.engine.motion.propagation import propagate_colors
from kinemacolor.engine.motion.smoothing import smooth_temporally
from kinemacolor.engine.motion.tracking import with_tracks
from kinemacolor.engine.pipeline import guided_colors
from kinemacolor.engine.pipeline.film_stages import FilmStages
from kinemacolor.engine.pipeline.guided_colors import GuidedColors
from kinemacolor.engine.pipeline.segmentation import Segment, plan_segments
from tests.engine.media.video.films import pictures_of
from tests.engine.pipeline.carriers import TellingCarrier, exemplar, shot_of
from tests.engine.tint import pan, tinting_worker, write_grey

STARTS, FRAMES = (0, 60), 75


@pytest.fixture(autouse=True)
def telling(monkeypatch):
    monkeypatch.setattr(guided_colors, "Carrier", TellingCarrier)


def as_film(given, starts=STARTS):
    """The exemplars of a film, each in its own shot."""
    ends = (*starts[1:], 10**6)
    return FilmExemplars(
        tuple(
            shot_of(start, *(g for g in given if start <= g < end))
            for start, end in zip(starts, ends, strict=True)
        )
    )


@cache
def linked():
    """Small frames of two shots, with their flow."""
    pictures = [f for n in (1, 2) for f in pan(60 if n == 1 else 15, 32, 64, seed=n)]
    frames = [LumaFrame(n, np.float32(p / 2.55), None) for n, p in enumerate(pictures)]
    return list(with_flow(frames, starts=frozenset(STARTS)))


def colored(items, given, window, every):
    """ab by number, through the stages that look at other frames."""
    guided = GuidedColors.of(as_film(given), None)

    def color(frames):
        return guided(frames, [np.dstack([f.lightness, 50 - f.lightness]) for f in frames])

    items = with_tracks([*items[:-1], (items[-1][0], None)], given)
    keyed = propagate_colors(items, every, color, 2, given=frozenset(given))
    return {f.index: f.ab for f in smooth_temporally(keyed, window, 1.0, frozenset(given))}


class TestSegments:
    @settings(max_examples=12, deadline=None)
    @for_all(
        st.sets(st.integers(0, FRAMES - 1), min_size=1, max_size=5).map(sorted),
        st.integers(6, 50),
        st.sampled_from([(0, 1), (3, 1), (3, 6), (0, 5), (2, 9)]),
    )
    def test_are_the_whole_wherever_frames_were_given(self, given, longest, looks):
        window, every = looks
        whole = colored(linked(), given, window, every)
        for part in plan_segments(FRAMES, STARTS, longest, window, every, given=given):
            seen = linked()[part.decode_start : part.decode_stop]
            alone = colored(seen, given, window, every)
            for number in range(part.start, part.stop):
                np.testing.assert_array_equal(alone[number], whole[number])

    def test_need_the_given_frames_about_them(self):
        """Without these the pieces differ: so the test above can fail."""
        whole = colored(linked(), [2, 50], 3, 6)
        for part in (Segment(20, 34, 12, 37), Segment(20, 34, 2, 37), Segment(20, 34, 12, 51)):
            alone = colored(linked()[part.decode_start : part.decode_stop], [2, 50], 3, 6)
            assert any(not np.array_equal(alone[n], whole[n]) for n in range(20, 34))
        [cut] = plan_segments(FRAMES, STARTS, 99, 3, 6, (20, 34), [2, 50])
        assert (cut.decode_start, cut.decode_stop) == (2, 51)

    @pytest.mark.parametrize(
        ("given", "decoded"),
        [
            ((), (12, 37)),
            ((12, 36), (12, 37)),
            ((11, 37), (11, 38)),
            ((3, 8, 40, 45), (8, 41)),
            ((0,), (0, 37)),
            ((59,), (12, 60)),
            ((60, 70), (12, 37)),  # of the next shot
        ],
    )
    def test_reach_as_far_as_the_next_given_frame_of_the_shot(self, given, decoded):
        [cut] = plan_segments(FRAMES, STARTS, 99, 3, 6, (20, 34), given)
        assert (cut.decode_start, cut.decode_stop) == decoded

    def test_reach_no_further_than_tracks(self):
        [far] = plan_segments(200, (0,), 99, 0, 6, (102, 109), (69,))
        [near] = plan_segments(200, (0,), 99, 0, 6, (102, 109), (70,))
        assert (far.decode_start, near.decode_start) == (102, 70)


def planes(path):
    return [picture.planes for picture in pictures_of(path)]


class TestFilms:
    """Coloured through the worker, from and into files."""

    @staticmethod
    def color(worker, source, exemplars, target, longest=480):
        """Colour in segments by stored exemplars; what is told of the segments."""
        folder = target.with_suffix(".exemplars")
        exemplar_files.write(exemplars, folder)
        index, how = worker.index(source, lambda: None), worker.settings
        cut = plan_segments(
            index.stop,
            exemplars.starts,
            longest,
            how.smoothing_window,
            how.key_distance,
            given=exemplars.given_frames,
        )
        parts = [target.with_name(f"{target.stem}-{part.start}") for part in cut]
        told = [
            worker.segment(source, index, part, place, lambda: None, folder)
            for part, place in zip(cut, parts, strict=True)
        ]
        worker.assemble(source, index, parts, target)
        return [pair for colors in told for pair in colors.led]

    @pytest.fixture
    def reel(self, tmp_path):
        pictures = [f for n in (1, 2) for f in pan(30 if n == 1 else 12, seed=n)]
        return write_grey(tmp_path / "in.mkv", pictures)

    @pytest.mark.parametrize("longest", [7, 16])
    def test_in_segments_are_the_whole(self, tmp_path, monkeypatch, reel, longest):
        worker = tinting_worker(monkeypatch)
        film = as_film((1, 18, 33), (0, 30))
        whole = self.color(worker, reel, film, tmp_path / "whole.mkv")
        parts = self.color(worker, reel, film, tmp_path / "parts.mkv", longest)
        assert parts == whole
        assert {1, 18, 33} <= {number for number, _ in whole}
        for one, other in zip(*map(planes, self.results(tmp_path)), strict=True):
            assert all(map(np.array_equal, one, other))

    @staticmethod
    def results(folder):
        return folder / "whole.mkv", folder / "parts.mkv"

    def test_without_exemplars_are_what_the_network_gives(self, tmp_path, monkeypatch, reel):
        worker = tinting_worker(monkeypatch)
        worker.film(reel, tmp_path / "whole.mkv", lambda: None)
        empty = FilmExemplars((ShotExemplars(0), ShotExemplars(30)))
        assert self.color(worker, reel, empty, tmp_path / "parts.mkv", 16) == []
        for one, other in zip(*map(planes, self.results(tmp_path)), strict=True):
            assert all(map(np.array_equal, one, other))

    def test_a_hint_does_not_cross_a_cut(self, tmp_path, monkeypatch, reel):
        worker = tinting_worker(monkeypatch)
        worker.film(reel, tmp_path / "whole.mkv", lambda: None)
        self.color(worker, reel, as_film((28,), (0, 30)), tmp_path / "parts.mkv")
        automatic, hinted = map(planes, self.results(tmp_path))
        same = [
            all(map(np.array_equal, one, other))
            for one, other in zip(automatic, hinted, strict=True)
        ]
        assert same == [False] * 30 + [True] * 12

    def test_an_added_cut_parts_a_shot_and_a_dropped_one_joins_two(
        self, tmp_path, monkeypatch, reel
    ):
        worker = tinting_worker(monkeypatch)
        reached = {}
        for starts in ((0, 30), (0, 20, 30), (0,)):
            film = as_film((15,), starts)
            led = self.color(worker, reel, film, tmp_path / f"{len(starts)}.mkv")
            reached[starts] = max(number for number, share in led if share > 0)
        assert reached == {(0, 30): 29, (0, 20, 30): 19, (0,): 41}

    def test_a_given_frame_keeps_its_colors(self, tmp_path, monkeypatch, reel):
        """Smoothing leaves it as it is."""
        worker = tinting_worker(monkeypatch, smoothing_window=5)
        film = as_film((10,), (0, 30))
        kept, plain = {}, FilmStages._recombine

        def keeping(stages, frame):
            kept[frame.index] = frame.ab
            return plain(stages, frame)

        monkeypatch.setattr(FilmStages, "_recombine", keeping)
        self.color(worker, reel, film, tmp_path / "out.mkv")
        np.testing.assert_array_equal(kept[10], film.shots[0].exemplars[0].ab)
        assert not np.array_equal(kept[11], kept[10])

    @pytest.mark.parametrize("turns", [1, 2, 3])
    def test_turned_ones_take_colors_upright(self, tmp_path, monkeypatch, turns):
        upright = pan(12)
        worker, film = tinting_worker(monkeypatch), as_film((4,), (0,))
        chroma = []
        for turn in (0, turns):
            stored = [np.rot90(frame, -turn) for frame in upright]
            source = write_grey(tmp_path / f"{turn}.mkv", stored, rotation=90 * turn)
            target = tmp_path / f"{turn}-out.mkv"
            self.color(worker, source, film, target)
            shown = [[np.rot90(plane, turn) for plane in p[1:]] for p in planes(target)]
            chroma.append(np.array(shown, int))
        assert np.abs(chroma[0] - chroma[1]).mean() < 0.5
        assert np.abs(chroma[0] - chroma[1][..., ::-1]).mean() > 5


def test_closing_a_guided_film_ends_its_work(tmp_path, monkeypatch):
    source = write_grey(tmp_path / "in.mkv", pan(40))
    stages = FilmStages(source, tinting_worker(monkeypatch).settings)
    frames = read_frames(stages.info, salvage=False)
    guided = GuidedColors.of(FilmExemplars((ShotExemplars(0, (exemplar(5),)),)), None)

    def network(some):
        return [np.zeros((*light.shape, 2), np.float32) for light in some]

    network.batch, network.calls = 2, 2
    with closing(stages.pictures(frames, network, (0, 40), (), guided=guided)) as pictures:
        assert next(pictures)[0].index == 0
