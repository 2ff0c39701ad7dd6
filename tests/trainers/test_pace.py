"""The pace of a training: time left, and advice where the machine is too slow."""

import re
from dataclasses import replace

import pytest

from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.trainers.recipe_changes import reshaped
from kinemacolor.trainers.training.pace import LONG_SECONDS, Pace, advice, duration

RECIPE = Recipe(stages=(Stage(128, 32, 4000), Stage(192, 16, 4000, rate=0.5)))


def timed(recipe, seconds, done=0):
    """A pace after steps that took these seconds."""
    now = [0.0]
    pace = Pace(recipe, done, lambda: now[0])
    for number, spent in enumerate(seconds, start=done + 1):
        now[0] += spent
        pace.step(number)
    return pace


def test_the_first_step_does_not_count_once_others_are_timed():
    pace = timed(RECIPE, [30, 2, 2, 2])
    assert pace.photos_a_second == pytest.approx(16)
    second_stage = 4000 * 2 * (16 * 192**2) / (32 * 128**2)
    assert pace.seconds_left == pytest.approx(3996 * 2 + second_stage)


@pytest.mark.parametrize(
    ("seconds", "known"),
    [
        ([], False),
        ([5], False),
        ([5, 5, 5], False),
        ([5, 5, 5, 5], True),
        ([5, 25], True),
        ([70], True),
    ],
)
def test_it_is_known_after_some_steps_or_seconds(seconds, known):
    pace = timed(RECIPE, seconds)
    assert pace.is_known == known == (pace.seconds_left is not None) == (pace.photos_a_second > 0)


def test_scoring_is_not_counted():
    now = [0.0]
    pace = Pace(RECIPE, 0, lambda: now[0])
    for step in range(1, 6):
        now[0] += 1
        pace.step(step)
        now[0] += 500
        pace.skip()
    assert pace.photos_a_second == pytest.approx(32)


def test_a_resumed_training_has_the_rest_left():
    whole = RECIPE.stages[1]
    pace = timed(RECIPE, [9, 1, 1, 1], done=7000)
    assert pace.seconds_left == pytest.approx(996)
    assert pace.photos_a_second == pytest.approx(whole.batch)


def test_all_at_once_is_no_pace():
    assert timed(RECIPE, [0, 0, 0, 0, 0]).seconds_left is None


class TestAdvice:
    def test_a_fast_machine_needs_none(self):
        assert advice(RECIPE, timed(RECIPE, [1, 0.1, 0.1, 0.1]), 32) == ""
        assert advice(RECIPE, timed(RECIPE, [1]), 32) == ""

    @pytest.mark.parametrize("seconds", [6, 20, 100, 1000, 20_000])
    @pytest.mark.parametrize(("multiple", "accumulate"), [(32, 1), (8, 4), (1, 1)])
    def test_a_slow_one_is_told_what_it_can_do_in_an_hour(self, seconds, multiple, accumulate):
        recipe = replace(RECIPE, accumulate=accumulate)
        pace = timed(recipe, [seconds] * 4)
        assert pace.seconds_left > LONG_SECONDS
        line = advice(recipe, pace, multiple)
        found = re.search(r"--size (\d+) --batch (\d+) --steps (\d+)\.", line)
        size, batch, steps = map(int, found.groups())
        assert size % multiple == 0 and batch % accumulate == 0
        assert "\n" not in line and duration(pace.seconds_left) in line
        small = reshaped(recipe, 100, size=size, batch=batch, steps=steps)
        hours = (
            sum(s.steps * s.batch * s.size**2 for s in small.stages) / pace.pixels_a_second / 3600
        )
        assert 0.5 < hours < 1.1 or steps == 1
        assert steps >= 300 or (size <= 32 or batch <= 8)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(40, "40 s"), (100, "2 min"), (3600, "1 h"), (11_400, "3 h 10 min"), (6 * 86_400, "6 days")],
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words
