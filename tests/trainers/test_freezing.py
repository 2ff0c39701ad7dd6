"""Frozen modules and statistics stay as they are; the rest learns."""

import pytest
import torch

from kinemacolor.models.catalog import build
from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.errors import TrainingError
from kinemacolor.trainers.training.learner import Learner
from kinemacolor.trainers.training.ranks import Ranks

FROZEN = ("encoder.model.conv_stem", "encoder.model.bn1", "encoder.model.blocks.0")


def learner(**changes):
    return Learner(build("kinema"), Recipe(**changes), torch.device("cpu"), Ranks())


def batch():
    torch.manual_seed(0)
    return torch.cat([100 * torch.rand(2, 1, 32, 32), torch.randn(2, 2, 32, 32)], dim=1)


def test_what_is_frozen_stays_to_the_bit():
    torch.manual_seed(0)
    one = learner(loss="distribution", frozen=FROZEN, precision="fp32")
    before = {name: value.clone() for name, value in one.network.state_dict().items()}
    one.step(torch.cat([batch(), torch.zeros(2, 1, 32, 32)], dim=1), 0, 0.1)
    changed = {n for n, v in one.network.state_dict().items() if not torch.equal(v, before[n])}
    frozen = {name for name in before if name.startswith(tuple(f"{n}." for n in FROZEN))}
    assert frozen and not changed & frozen
    assert "encoder.model.blocks.1.0.conv_pw.weight" in changed
    assert "encoder.model.blocks.1.0.bn1.running_mean" in changed


def test_frozen_statistics_stay_and_are_what_is_trained_with():
    torch.manual_seed(0)
    one = learner(loss="distribution", frozen_statistics=True, precision="fp32")
    before = {name: value.clone() for name, value in one.network.state_dict().items()}
    lab = batch()
    with torch.no_grad():
        together = one.network.distribution(lab[:, :1])
        alone = one.network.distribution(lab[:1, :1])
    torch.testing.assert_close(together[:1], alone, atol=1e-4, rtol=1e-4)
    one.step(torch.cat([lab, torch.zeros(2, 1, 32, 32)], dim=1), 0, 0.001)
    changed = {n for n, v in one.network.state_dict().items() if not torch.equal(v, before[n])}
    assert not any("running" in name for name in changed)
    assert {"encoder.model.bn1.weight", "blocks.0.mix.1.weight"} <= changed


def test_a_module_that_is_not_there():
    with pytest.raises(TrainingError, match="Kinema has no module 'nowhere'"):
        learner(frozen=("nowhere",))


@pytest.mark.parametrize("every", [1, 3])
def test_detail_is_learnt_from_every_so_many_steps(every):
    one = learner(loss="distribution", detail_every=every, precision="fp32")
    learnt = []
    for number in range(4):
        one.step(torch.cat([batch(), torch.zeros(2, 1, 32, 32)], dim=1), number, 0.001)
        learnt.append(one.network.mixing[0].weight.grad is not None)
    assert learnt == [number % every == 0 for number in range(4)]


def test_detail_can_be_left_out_of_a_distribution_alone():
    with pytest.raises(ValueError, match="detail_every"):
        Recipe(loss="l1", detail_every=2)
