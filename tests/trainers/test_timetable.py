"""A training by the clock is where its recipe is after the same share of its steps."""

from __future__ import annotations

import pytest

from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.trainers.photos import StepSampler
from kinemacolor.trainers.training import Interrupted, TrainingError
from kinemacolor.trainers.training.loop import Run
from kinemacolor.trainers.training.progress import Silence
from kinemacolor.trainers.training.ranks import Ranks
from kinemacolor.trainers.training.timetable import Timetable
from tests.trainers.tiny import table

RECIPE = Recipe(stages=(Stage(16, 4, 60), Stage(32, 2, 40)), warmup=10, decay_from=0.5)


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def test_by_steps_the_place_is_the_step():
    timetable = Timetable(RECIPE)
    assert [timetable.place(step) for step in (0, 7, 100)] == [0, 7, 100]
    assert timetable.stage_at(99) == RECIPE.stages[1]
    assert timetable.stage_at(100) is None


@pytest.mark.parametrize("spent", [0.0, 250.0])
def test_by_the_clock_it_is_the_share_of_the_time(spent):
    clock = Clock()
    timetable = Timetable(RECIPE, 500.0, spent, clock)
    for more in (0, 5, 100, 249):
        clock.now = 1000.0 + more
        assert timetable.place(3) == int(100 * (spent + more) / 500)
    clock.now = 1000.0 + 600
    assert timetable.place(3) == 100
    assert timetable.stage_at(3) == RECIPE.stages[1]  # one that was made ready too late


def test_the_rate_rises_and_falls_to_zero_at_any_length():
    for seconds in (10.0, 36_000.0):
        clock = Clock()
        timetable = Timetable(RECIPE, seconds, 0.0, clock)
        rates = []
        for part in range(100):
            clock.now = 1000.0 + seconds * (part + 0.5) / 100
            rates.append(RECIPE.rate_at(timetable.place(0)))
        assert rates[0] < rates[9] == pytest.approx(RECIPE.learning_rate)
        assert rates[-1] <= RECIPE.learning_rate / 50


def test_crops_go_on_where_they_stopped():
    clock = Clock()
    timetable = Timetable(RECIPE, 500.0, 0.0, clock)
    batches = iter(StepSampler(7, RECIPE, 5, stage_at=timetable.stage_at, first_crop=18))
    assert [key[0] for key in next(batches)] == [18, 19, 20, 21]
    clock.now += 400
    assert [(key[0], key[2]) for key in next(batches)] == [(22, 32), (23, 32)]


def test_a_run_ends_by_the_clock_and_goes_on_by_it(job):
    """The clock is real; the tiny network does many more steps than the recipe has."""
    seconds = 1.5
    calls = iter(range(1, 10**6))
    begun = job(seconds=seconds)
    run = Run(begun, Ranks(), lambda: next(calls) == 3)
    with pytest.raises(Interrupted, match="step 3 of 2 s"):
        run.train(Silence())
    assert run.course.crops == 12
    again = Run(job(seconds=seconds, resume=True), Ranks(), lambda: False)
    assert again.course.seconds == pytest.approx(run.course.seconds)
    again.train(Silence())
    course = again.course
    assert course.seconds >= seconds
    rows = table(begun.folder)
    assert [int(row["step"]) for row in rows] == list(range(1, course.step + 1))
    assert {row["size"] for row in rows} == {"16", "32"}
    assert float(rows[-1]["rate"]) <= begun.recipe.learning_rate
    scored = table(begun.folder, "scores.csv")
    assert int(scored[-1]["step"]) == course.step


def test_another_length_is_another_training(job):
    calls = iter(range(1, 10**6))
    with pytest.raises(Interrupted):
        Run(job(seconds=30.0), Ranks(), lambda: next(calls) == 1).train(Silence())
    with pytest.raises(TrainingError, match="seconds 30"):
        Run(job(seconds=60.0, resume=True), Ranks(), lambda: False)
