"""DDColor gives what its own architecture, as spandrel has it, gives."""

from __future__ import annotations

import pytest
import torch
from spandrel_extra_arches.architectures.DDColor import DDColorArch

from kinemacolor.models.color.lab import lightness_to_grey, srgb_to_lab
from kinemacolor.models.weights import load
from tests.models import variant_tester
from tests.models.foreign import random_network, write_published


@pytest.fixture(scope="module")
def network():
    return random_network("ddcolor_tiny")


def reference(network):
    """Spandrel's model of the same weights, in evaluation mode, as its loader makes it."""
    tensors = dict(network.state_dict())
    found = DDColorArch().load(dict(tensors))
    found.model.load_state_dict(tensors)
    found.model.eval()
    return found


def picture(height, width):
    torch.manual_seed(1)
    smooth = torch.rand(1, 1, height // 16, width // 16) * 100
    return torch.nn.functional.interpolate(smooth, (height, width), mode="bilinear")


@pytest.mark.parametrize("side", [64, 512])
def test_the_same_colors_as_the_architecture_itself(network, side):
    lightness = picture(side, side)
    with torch.inference_mode():
        ours = network(lightness)
        theirs = reference(network).model(lightness_to_grey(lightness).expand(-1, 3, -1, -1))
    assert theirs.std() > 1
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)


def test_the_same_picture_as_its_own_way_from_grey_to_color(network):
    """Spandrel's way, which is the authors': from a grey picture to RGB at the network's size."""
    found = reference(network)
    found.model.input_size = (128, 128)
    lightness = picture(128, 128)
    with torch.inference_mode():
        theirs = found(lightness_to_grey(lightness))
        ours = network(lightness)
    got = srgb_to_lab(theirs.double())[:, 1:]
    inside = ((theirs > 0.01) & (theirs < 0.99)).all(dim=1, keepdim=True).expand(-1, 2, -1, -1)
    assert inside.float().mean() > 0.3
    # Their LAB is rounded otherwise than ours, in the fourth digit of the matrices.
    assert (got - ours)[inside].abs().mean() < 0.2


def test_other_proportions(network):
    variant_tester.colors_two_sizes(network)


def test_a_published_file(network, tmp_path):
    loaded = load(write_published("ddcolor_tiny", tmp_path / "pytorch_model.pt", network))
    assert (loaded.variant, loaded.license) == ("ddcolor_tiny", "Apache-2.0")
    lightness = picture(64, 96)
    with torch.inference_mode():
        torch.testing.assert_close(
            loaded.network()(lightness), network(lightness), atol=1e-3, rtol=0
        )


@pytest.mark.slow
def test_it_learns():
    assert variant_tester.learns("ddcolor_tiny", size=64) < 0.8
