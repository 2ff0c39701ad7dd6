"""The figures on record are those that are counted."""

import pytest
import torch

from kinemacolor.models import catalog
from kinemacolor.models.catalog import variant
from kinemacolor.models.cost import cost
from kinemacolor.models.facts import FACTS

SMALL = ("kinema", "msau_net_sparse", "autoencoder_v1", "landscape_unet", "deep_cnn")
LARGE = tuple(name for name in FACTS if name not in SMALL)


def counted(name: str) -> tuple:
    with torch.device("meta"):
        network = variant(name).builder()
    return (*cost(variant(name)), network.size_multiple, network.takes_hints)


def test_every_network_of_this_package_is_on_record():
    assert tuple(FACTS) == tuple(name for names in catalog._FAMILIES.values() for name in names)


@pytest.mark.parametrize("name", SMALL)
def test_figures(name):
    assert FACTS[name][1:] == counted(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_figures_of_the_others(name):
    assert FACTS[name][1:] == counted(name)
