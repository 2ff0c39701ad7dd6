"""Colours from a shot's exemplars: each frame's own shot, what was wished for it, what is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

from kinemacolor.engine.guidance.exemplars import exemplar_files
from kinemacolor.engine.guidance.exemplars.exemplar import Authority, FilmExemplars, ShotExemplars
from kinemacolor.engine.motion.frames import LumaFrame
from kinemacolor.engine.pipeline import guided_colors
from kinemacolor.engine.pipeline.guided_colors import GuidedColors
from tests.engine.pipeline.carriers import exemplar, shot_of

SHAPE = (32, 64)
LIGHT = np.full(SHAPE, 50, np.float32)


class Plain:
    """Gives the first exemplar's colours; a tenth of the picture for each frame is led."""

    made: ClassVar[list[int]] = []

    def __init__(self, shot, encoder):
        self.ab = shot.exemplars[0].ab
        self.made.append(shot.start)

    def __call__(self, lightness, automatic, tracks):
        return SimpleNamespace(ab=self.ab, led=np.full(SHAPE, 0.1, np.float32))


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setattr(guided_colors, "Carrier", Plain)
    Plain.made = []


def frames(*numbers):
    return [LumaFrame(number, LIGHT, None) for number in numbers]


def colored(shots, numbers, automatic=7.0):
    guided = GuidedColors.of(FilmExemplars(tuple(shots)), None)
    own = [np.full((*SHAPE, 2), automatic, np.float32) for _ in numbers]
    return guided, guided(frames(*numbers), own)


class TestColors:
    def test_are_of_the_frame_s_own_shot(self):
        shots = [shot_of(0, 2), ShotExemplars(5), shot_of(9, 11)]
        _, found = colored(shots, [0, 4, 5, 8, 9, 30])
        for ab, place in zip(found, [0, 0, None, None, 2, 2], strict=True):
            expected = 7 if place is None else shots[place].exemplars[0].ab
            np.testing.assert_array_equal(ab, np.broadcast_to(expected, ab.shape))

    def test_of_a_shot_that_began_earlier_are_its_own(self):
        shots = [shot_of(20, 22)]
        _, [ab] = colored(shots, [19])
        np.testing.assert_array_equal(ab, shots[0].exemplars[0].ab)

    @pytest.mark.parametrize("strength", [0.0, 0.25, 1.0])
    def test_are_blended_with_the_network_s_by_strength(self, strength):
        shot = shot_of(0, 2, strength=strength)
        _, [ab] = colored([shot], [0])
        expected = 7 + strength * (shot.exemplars[0].ab - 7)
        np.testing.assert_allclose(ab, expected, atol=1e-5)

    def test_have_the_saturation_and_warmth_that_were_wished(self):
        shot = shot_of(0, 2, saturation=0.5, warmth=6.0)
        _, [ab] = colored([shot], [0])
        np.testing.assert_allclose(ab, shot.exemplars[0].ab / 2 + np.float32([2, 6]), atol=1e-5)
        _, [ab] = colored([ShotExemplars(0, saturation=2.0, warmth=-3.0)], [0])
        np.testing.assert_allclose(ab, np.broadcast_to([13, 11], ab.shape), atol=1e-5)
        assert ab.dtype == np.float32

    def test_without_exemplars_are_the_network_s_to_the_bit(self):
        own = [np.random.default_rng(0).normal(0, 9, (*SHAPE, 2)).astype(np.float32)]
        [ab] = GuidedColors.of(FilmExemplars((ShotExemplars(0),)), None)(frames(3), own)
        assert ab is own[0]

    def test_come_from_files_as_from_memory(self, tmp_path):
        film = FilmExemplars((shot_of(0, 2), ShotExemplars(5), shot_of(9, 11, saturation=0.5)))
        exemplar_files.write(film, tmp_path / "exemplars")
        numbers = [0, 4, 6, 9, 12]
        stored = GuidedColors.stored(tmp_path / "exemplars", film.starts, film.given_frames, None)
        own = [np.full((*SHAPE, 2), 7, np.float32) for _ in numbers]
        found = stored(frames(*numbers), own)
        for one, other in zip(found, colored(film.shots, numbers)[1], strict=True):
            np.testing.assert_array_equal(one, other)


class TestLed:
    def test_is_told_of_frames_of_shots_that_a_person_gave_something(self):
        own = ShotExemplars(9, (exemplar(11, authority=Authority.NETWORK),))
        guided, _ = colored([shot_of(0, 2), ShotExemplars(5), own], [4, 0, 6, 2, 12])
        assert [number for number, _ in guided.led(0, 100)] == [0, 2, 4]
        assert guided.led(2, 4) == ((2, pytest.approx(0.1)),)

    def test_is_not_told_where_nothing_is_carried(self):
        guided, _ = colored([shot_of(0, 2, strength=0.0)], [0, 1])
        assert guided.led(0, 9) == ()


class TestCarriers:
    def test_are_made_once_for_a_shot_and_few_are_kept(self):
        shots = [shot_of(10 * n, 10 * n) for n in range(9)]
        guided, _ = colored(shots, [0, 1, 10, 2, 11, 12])
        assert Plain.made == [0, 10]
        own = [np.zeros((*SHAPE, 2), np.float32)]
        for number in range(20, 90):
            guided(frames(number), own)
        assert Plain.made == [10 * n for n in range(9)]
        guided(frames(3), own)
        assert Plain.made[-1] == 0  # made anew: it was not kept
