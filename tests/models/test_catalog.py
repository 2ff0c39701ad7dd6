"""The catalog as a whole, and what all its variants share."""

import json

import pytest
import torch

from kinemacolor.models.catalog import CATALOG, build, variant
from kinemacolor.models.colorizer import Hints
from kinemacolor.models.recipe import Recipe
from tests.models import variant_tester

# KMHCNet's networks are large and have tests of their own.
SMALL = [name for name in variant_tester.networks() if not name.startswith("kmhcnet")]
# What 30 steps may leave of the loss. The landscape networks and Deep CNN begin far from grey;
# the autoencoders learn slowly without batch norm, the hint networks by their low rate.
LEFT = {"kinema": 0.1, "landscape": 0.2, "deep_cnn": 0.2, "autoencoder": 0.6, "": 0.5}


@pytest.mark.parametrize("name", SMALL)
class TestVariant:
    def test_colors_two_sizes(self, name):
        variant_tester.colors_two_sizes(build(name))

    def test_size_multiple(self, name):
        network = build(name)
        if network.size_multiple > 1:
            with pytest.raises(ValueError, match=str(network.size_multiple)):
                network(torch.zeros(1, 1, network.size_multiple + 1, network.size_multiple))

    def test_survives_a_file(self, name, tmp_path):
        variant_tester.survives_a_file(name, tmp_path)

    def test_learns(self, name):
        left = next(value for prefix, value in LEFT.items() if name.startswith(prefix))
        assert variant_tester.learns(name) < left


@pytest.mark.parametrize("name", CATALOG)
def test_recipe_survives_json(name):
    recipe = variant(name).recipe
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert recipe.resolved(100).steps > 0


@pytest.mark.parametrize("name", SMALL)
def test_the_engines_sizes_suit(name):
    """Working sizes are multiples of 32 (engine/colour/geometry.py)."""
    assert 32 % build(name).size_multiple == 0


def test_every_seed_is_there():
    assert set(CATALOG) >= {
        "kinema", "msau_net", "hint_unet", "hint_attention_unet", "deep_cnn",
        *(f"kmhcnet_{i}" for i in range(1, 17)),
        *(f"autoencoder_{v}" for v in ("v1", "v2", "v12")),
        *(f"landscape_{kind}" for kind in ("autoencoder", "resnet", "unet")),
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in SMALL if build(name).takes_hints])
def test_hints_change_the_colors_and_none_is_as_no_hint_at_all(name):
    torch.manual_seed(0)
    network = build(name)
    lightness = torch.rand(1, 1, 64, 64) * 100
    hints = Hints(torch.full((1, 2, 64, 64), 40.0), torch.ones(1, 1, 64, 64))
    none = Hints(torch.zeros(1, 2, 64, 64), torch.zeros(1, 1, 64, 64))
    with torch.inference_mode():
        plain = network(lightness)
        assert torch.equal(plain, network(lightness, none))
        assert not torch.equal(plain, network(lightness, hints))


def test_unknown_variant_lists_the_known():
    with pytest.raises(KeyError, match="kinema"):
        variant("nonsense")
