"""Eccv16 and siggraph17 do what the published weights were trained for.

The reference is written anew from the papers' tables: plain functions over a state dict.
"""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from kinemacolor.models.colorizer import Hints
from tests.models import variant_tester
from tests.models.foreign import random_network


class Published:
    """The layers of a state dict by their published names."""

    def __init__(self, tensors):
        self.tensors = tensors

    def conv(self, x, name, **how):
        return F.conv2d(x, self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"], **how)

    def up(self, x, name):
        weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        return F.conv_transpose2d(x, weight, bias, stride=2, padding=1)

    def norm(self, x, name):
        mean, deviation, weight, bias = (
            self.tensors[f"{name}.{part}"]
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        return F.batch_norm(x, mean, deviation, weight, bias)

    def block(self, x, name, convolutions, first=0, stride=1, dilation=1):
        """Convolutions at every second place from `first`, each with a ReLU; then the norm."""
        for number in range(convolutions):
            last = number == convolutions - 1
            x = self.conv(
                x,
                f"{name}.{first + 2 * number}",
                stride=stride if last else 1,
                padding=dilation,
                dilation=dilation,
            ).relu()
        return self.norm(x, f"{name}.{first + 2 * convolutions}")


def eccv16(tensors, lightness):
    net = Published(tensors)
    x = (lightness - 50) / 100
    x = net.block(x, "model1", 2, stride=2)
    x = net.block(x, "model2", 2, stride=2)
    x = net.block(x, "model3", 3, stride=2)
    x = net.block(x, "model4", 3)
    x = net.block(x, "model5", 3, dilation=2)
    x = net.block(x, "model6", 3, dilation=2)
    x = net.block(x, "model7", 3)
    x = net.up(x, "model8.0").relu()
    x = net.conv(x, "model8.2", padding=1).relu()
    x = net.conv(x, "model8.4", padding=1).relu()
    x = net.conv(x, "model8.6").softmax(dim=1)
    x = F.conv2d(x, tensors["model_out.weight"])
    return F.interpolate(x, scale_factor=4, mode="bilinear") * 110


def siggraph17(tensors, lightness, ab, mask):
    net = Published(tensors)
    x = torch.cat([(lightness - 50) / 100, ab / 110, mask], dim=1)
    first = net.block(x, "model1", 2)
    second = net.block(first[:, :, ::2, ::2], "model2", 2)
    third = net.block(second[:, :, ::2, ::2], "model3", 3)
    x = net.block(third[:, :, ::2, ::2], "model4", 3)
    x = net.block(x, "model5", 3, dilation=2)
    x = net.block(x, "model6", 3, dilation=2)
    x = net.block(x, "model7", 3)
    x = net.up(x, "model8up.0") + net.conv(third, "model3short8.0", padding=1)
    x = net.block(x.relu(), "model8", 2, first=1)
    x = net.up(x, "model9up.0") + net.conv(second, "model2short9.0", padding=1)
    x = net.block(x.relu(), "model9", 1, first=1)
    x = net.up(x, "model10up.0") + net.conv(first, "model1short10.0", padding=1)
    x = F.leaky_relu(net.conv(x.relu(), "model10.1", padding=1), 0.2)
    return net.conv(x, "model_out.0").tanh() * 110


@pytest.fixture(scope="module")
def networks():
    return {name: random_network(name) for name in ("eccv16", "siggraph17")}


def picture(height=64, width=96):
    torch.manual_seed(1)
    return torch.rand(1, 1, height, width) * 100


def test_eccv16_is_the_published_network(networks):
    network, lightness = networks["eccv16"], picture()
    with torch.inference_mode():
        ours, theirs = network(lightness), eccv16(network.state_dict(), lightness)
    assert theirs.std() > 1
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)


@pytest.mark.parametrize("share", [0, 0.05])
def test_siggraph17_is_the_published_network(networks, share):
    network, lightness = networks["siggraph17"], picture()
    mask = (torch.rand_like(lightness) < share).float()
    ab = torch.randn(1, 2, *lightness.shape[-2:]) * 30 * mask
    with torch.inference_mode():
        ours = network(lightness, Hints(ab, mask) if share else None)
        theirs = siggraph17(network.state_dict(), lightness, ab, mask)
    assert theirs.std() > 1
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)


def test_at_the_authors_own_size(networks):
    """256 pixels, and the working size of 512."""
    for name, network in networks.items():
        for side in (256, 512):
            with torch.inference_mode():
                assert network(picture(side, side)).shape == (1, 2, side, side), name


def test_sizes_and_files(networks, tmp_path):
    for name, network in networks.items():
        variant_tester.colors_two_sizes(network)
        variant_tester.survives_a_file(name, network, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["eccv16", "siggraph17"])
def test_they_learn(name):
    assert variant_tester.learns(name) < 0.5
