"""The tables that help and checks are made of are complete and true."""

from dataclasses import fields

import pytest

from kinemacolor.models.catalog import CATALOG
from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.loss_names import DISTRIBUTION, LOSS_NAMES
from kinemacolor.trainers.losses import LOSSES
from kinemacolor.trainers.recipe_changes import overridden
from kinemacolor.trainers.recipe_fields import FIELDS, check_value, default_text


def test_every_loss_is_listed():
    assert set(LOSS_NAMES) == {*LOSSES, DISTRIBUTION}


def test_every_field_is_listed():
    assert set(FIELDS) == {field.name for field in fields(Recipe)}


@pytest.mark.parametrize("name", FIELDS)
def test_a_default_is_as_it_is_given(name):
    recipe = overridden(Recipe(), [f"{name}={default_text(name)}"])
    own, default = getattr(recipe, name), getattr(Recipe(), name)
    assert own == (pytest.approx(default, rel=0.01) if isinstance(default, float) else default)


def test_the_networks_own_recipes_are_within_the_ranges():
    for variant in CATALOG.values():
        for name, value in variant.recipe.to_dict().items():
            if name != "stages":
                check_value(name, value)
