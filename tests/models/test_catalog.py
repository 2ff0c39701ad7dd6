"""The catalog as a whole, and what all its variants share."""

import json
import subprocess
import sys
from importlib import import_module

import pytest
import torch

from kinemacolor.models import catalog
from kinemacolor.models.catalog import CATALOG, build, variant
from kinemacolor.models.colorizer import Hints
from kinemacolor.models.foreign_weights import ORIGINS
from kinemacolor.models.recipe import Recipe
from tests.models import variant_tester

# KMHCNet's networks and other projects' are large and have tests of their own.
SMALL = [
    name
    for name in variant_tester.networks()
    if not name.startswith("kmhcnet") and name not in ORIGINS
]
# What 30 steps may leave of the loss. The landscape networks and Deep CNN begin far from grey;
# the autoencoders learn slowly without batch norm, the hint networks by their low rate.
LEFT = {
    "kinema": 0.1,
    "landscape_resnet": 0.6,
    "landscape": 0.2,
    "deep_cnn": 0.2,
    "autoencoder": 0.6,
    "": 0.5,
}


@pytest.fixture(scope="module", params=SMALL)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def network(name):
    """Built once for all tests, which leave it as it is."""
    torch.manual_seed(0)
    return build(name)


class TestNetwork:
    def test_colors_two_sizes(self, network):
        variant_tester.colors_two_sizes(network)

    def test_size_multiple(self, network):
        if network.size_multiple > 1:
            with pytest.raises(ValueError, match=str(network.size_multiple)):
                network(torch.zeros(1, 1, network.size_multiple + 1, network.size_multiple))

    def test_survives_a_file(self, name, network, tmp_path):
        variant_tester.survives_a_file(name, network, tmp_path)

    def test_the_engines_sizes_suit(self, network):
        """Working sizes are multiples of 32 (kinemacolor.engine.color.geometry)."""
        assert 32 % network.size_multiple == 0

    def test_only_hints_where_they_are_taken_change_the_colors(self, network):
        torch.manual_seed(0)
        lightness = torch.rand(1, 1, 64, 64) * 100
        hints = Hints(torch.full((1, 2, 64, 64), 40.0), torch.ones(1, 1, 64, 64))
        none = Hints(torch.zeros(1, 2, 64, 64), torch.zeros(1, 1, 64, 64))
        with torch.inference_mode():
            plain = network(lightness)
            assert torch.equal(plain, network(lightness, none))
            assert torch.equal(plain, network(lightness, hints)) is not network.takes_hints

    def test_learns(self, name):
        left = next(value for prefix, value in LEFT.items() if name.startswith(prefix))
        assert variant_tester.learns(name) < left


@pytest.mark.parametrize("any_name", CATALOG)
def test_recipe_survives_json(any_name):
    recipe = variant(any_name).recipe
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert recipe.resolved(100).steps > 0


def test_every_seed_is_there():
    assert set(CATALOG) >= {
        "kinema", "msau_net", "hint_unet", "hint_attention_unet", "deep_cnn",
        *(f"kmhcnet_{i}" for i in range(1, 17)),
        *(f"autoencoder_{v}" for v in ("v1", "v2", "v12")),
        *(f"landscape_{kind}" for kind in ("autoencoder", "resnet", "unet")),
    }  # fmt: skip


@pytest.mark.parametrize("family", catalog._FAMILIES)
def test_a_family_is_registered_with_all_its_names(family):
    module = import_module(f"kinemacolor.models.{family}")
    assert tuple(variant.name for variant in module.VARIANTS) == catalog._FAMILIES[family]


def test_names_are_unique():
    names = [name for names in catalog._FAMILIES.values() for name in names]
    assert len(names) == len(set(names))


def test_listing_names_loads_neither_families_nor_torch():
    code = (
        "import sys, kinemacolor.models.catalog as c; print(len(list(c.CATALOG)) > 20,"
        " 'torch' in sys.modules, 'kinemacolor.models.kinema' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["True", "False", "False"]


def test_an_unknown_name_is_told_its_likes():
    with pytest.raises(KeyError, match=r"did you mean kmhcnet_6 or .*`kinemacolor models` lists"):
        variant("kmhcnet6")
    with pytest.raises(KeyError, match="no network 'nonsense'; `kinemacolor models` lists all"):
        variant("nonsense")
