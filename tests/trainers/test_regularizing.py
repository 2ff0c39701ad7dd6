"""Dropout and stochastic depth: in training alone, as often as the recipe says."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn

from kinemacolor.models.catalog import build
from kinemacolor.models.efficientnet_lite import _InvertedResidual
from kinemacolor.trainers.errors import TrainingError
from kinemacolor.trainers.training.learner import Learner
from kinemacolor.trainers.training.ranks import Ranks
from tests.trainers import tiny

CPU = torch.device("cpu")


@pytest.fixture
def network():
    torch.manual_seed(0)
    return build("kinema")


def test_evaluation_has_all_of_the_network(network):
    lightness = torch.rand(2, 1, 64, 64) * 100
    with torch.inference_mode():
        before = network.eval()(lightness)
        network.regularize(0.5, 0.5)
        assert torch.equal(network(lightness), before)


@pytest.mark.parametrize("rates", [(0.5, 0.0), (0.0, 0.5)])
def test_training_leaves_parts_out(network, rates):
    lightness = torch.rand(4, 1, 64, 64) * 100
    network.train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    with torch.inference_mode():
        assert torch.equal(network(lightness), network(lightness))
        network.regularize(*rates)
        assert not torch.equal(network(lightness), network(lightness))


def test_dropout_falls_towards_the_output(network):
    network.regularize(0.3, 0.0)
    assert [layer.p for layer in network.dropouts] == pytest.approx([0.3, 0.2, 0.1])
    network.regularize(0.0, 0.0)
    assert [layer.p for layer in network.dropouts] == [0, 0, 0]


def test_deeper_blocks_are_left_out_more_often(network):
    network.regularize(0.0, 0.2)
    blocks = [m for m in network.encoder.modules() if isinstance(m, _InvertedResidual)]
    rates = [block.left_out for block in blocks]
    assert rates[0] == 0 and rates[-1] == pytest.approx(0.2)
    steps = [after - before for before, after in pairwise(rates)]
    assert steps == pytest.approx([0.2 / (len(rates) - 1)] * len(steps))


def test_a_block_is_left_out_for_whole_pictures_and_right_in_the_mean():
    torch.manual_seed(1)
    block = _InvertedResidual(24, 24, 3, 1).train()
    for module in block.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    x = torch.randn(1, 24, 8, 8).expand(4000, -1, -1, -1)
    with torch.inference_mode():
        whole = block(x[:1])
        block.left_out = 0.25
        found = block(x)
    passed_by = (found == x).flatten(1).all(dim=1)
    assert passed_by.float().mean() == pytest.approx(0.25, abs=0.03)
    torch.testing.assert_close(
        found[~passed_by][:1] - x[:1], (whole - x[:1]) / 0.75, atol=1e-5, rtol=1e-4
    )


def test_a_step_is_the_same_after_a_restart(network):
    recipe = replace(tiny.RECIPE, loss="distribution", dropout=0.3, drop_path=0.3)
    batch = torch.cat([torch.rand(2, 1, 64, 64) * 100, torch.randn(2, 2, 64, 64) * 9], 1)
    batch = torch.cat([batch, torch.zeros(2, 1, 64, 64)], 1)

    def loss(number):
        torch.manual_seed(0)
        learner = Learner(build("kinema"), recipe, CPU, Ranks())
        return learner.step(batch, number, 1e-4).loss

    assert loss(5) == loss(5) != loss(6)


@pytest.mark.parametrize("name", ["dropout", "drop_path"])
def test_a_network_without_such_layers_says_so(name):
    recipe = replace(tiny.RECIPE, **{name: 0.1})
    with pytest.raises(TrainingError, match="dropout, drop_path: Tiny has no such layers"):
        Learner(tiny.Tiny(), recipe, CPU, Ranks())
