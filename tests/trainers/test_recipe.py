"""Recipes: schedules, and changes from the command line."""

import json

import pytest

from kinemacolor.models.errors import SettingsError
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.trainers.recipe_changes import overridden

RECIPE = Recipe(stages=(Stage(32, 4, 60), Stage(48, 2, 40)), warmup=10, decay_from=0.5)


def test_rate_rises_stays_and_falls():
    rates = [RECIPE.rate_at(step) / RECIPE.learning_rate for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and rates[9:50] == [1] * 41
    assert rates[75] == pytest.approx(0.5) and rates[99] == pytest.approx(0.02)


def test_stages_follow_each_other():
    assert RECIPE.steps == 100
    assert RECIPE.stage_at(59).size == 32 and RECIPE.stage_at(60).size == 48
    with pytest.raises(IndexError):
        RECIPE.stage_at(100)


def test_recipe_survives_json():
    assert Recipe.from_dict(json.loads(json.dumps(RECIPE.to_dict()))) == RECIPE


def test_changes():
    changed = overridden(
        RECIPE,
        ["learning_rate=0.01", "stages=64x8x5,96x4x2", "loss=l1", "crop=[0.5, 0.9]", "film=.3"],
    )
    assert changed.learning_rate == 0.01 and changed.loss == "l1" and changed.crop == (0.5, 0.9)
    assert changed.stages == (Stage(64, 8, 5), Stage(96, 4, 2))
    assert changed.warmup == RECIPE.warmup and changed.film == 0.3


@pytest.mark.parametrize("change", ["nonsense=1", "learning_rate", "stages=64x8"])
def test_bad_changes_are_one_line(change):
    with pytest.raises(SettingsError, match="--set"):
        overridden(RECIPE, [change])
