"""One optimizer step: parts, clipping, averaging, optimizers, precision."""

import numpy as np
import pytest
import torch

from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.errors import TrainingError
from kinemacolor.trainers.training.learner import Learner
from kinemacolor.trainers.training.ranks import Ranks
from tests.trainers import tiny


def learner(norm=False, **changes):
    recipe = Recipe.from_dict(tiny.RECIPE.to_dict() | changes)
    torch.manual_seed(0)
    return Learner(tiny.Tiny(0.0, norm), recipe, torch.device("cpu"), Ranks())


def batch(count=4, size=16):
    rng = np.random.default_rng(0)
    lab = rng.uniform((0, -40, -40), (100, 40, 40), (count, size, size, 3))
    mask = rng.random((count, size, size, 1)) < 0.1
    return torch.from_numpy(np.concatenate([lab, mask], axis=3)).permute(0, 3, 1, 2).half()


def gradients(one):
    return [p.grad.clone() for p in one.network.parameters()]


@pytest.mark.parametrize("loss", ["huber", "l1", "mse"])
def test_accumulated_gradients_are_the_whole_batchs(loss):
    whole, parts = learner(loss=loss), learner(loss=loss, accumulate=2)
    a, b = whole.step(batch(), 0, 0.01), parts.step(batch(), 0, 0.01)
    assert a == pytest.approx(b, rel=1e-5)
    for one, other in zip(gradients(whole), gradients(parts), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_the_norm_is_of_all_gradients_and_clipping_limits_it():
    free, clipped = learner(), learner(clip=0.01)
    norm = free.step(batch(), 0, 0.01).norm
    assert norm == pytest.approx(
        np.sqrt(sum(g.double().square().sum().item() for g in gradients(free))), rel=1e-5
    )
    assert norm > 0.01 and clipped.step(batch(), 0, 0.01).norm == pytest.approx(norm)
    left = sum(g.double().square().sum().item() for g in gradients(clipped)) ** 0.5
    assert left == pytest.approx(0.01, rel=1e-3)


def test_the_average_follows_the_formula():
    one = learner(ema=0.2)
    first = next(one.network.parameters()).detach().clone()
    expected = first.clone()
    for step in range(5):
        one.step(batch(), step, 0.01)
        decay = min(0.2, (step + 1) / (step + 11))
        expected = decay * expected + (1 - decay) * next(one.network.parameters()).detach()
    average = next(one.average.parameters())
    torch.testing.assert_close(average, expected)
    assert not torch.equal(average, first)
    assert not one.average.training


def test_without_averaging_the_average_is_the_network():
    one = learner(norm=True)
    one.step(batch(), 0, 0.01)
    for name, value in one.network.state_dict().items():
        torch.testing.assert_close(one.average.state_dict()[name], value, msg=name)


@pytest.mark.parametrize(
    ("changes", "kind", "expected"),
    [
        ({"optimizer": "adamw"}, "AdamW", {"betas": (0.9, 0.999)}),
        ({"optimizer": "adam", "betas": [0.5, 0.99], "eps": 1e-4}, "Adam",
         {"betas": (0.5, 0.99), "eps": 1e-4}),
        ({"optimizer": "rmsprop", "eps": 1e-7}, "RMSprop", {"eps": 1e-7}),
    ],
)  # fmt: skip
def test_the_optimizer_is_the_recipes(changes, kind, expected):
    one = learner(weight_decay=0.3, **changes)
    assert type(one.optimizer).__name__ == kind
    assert expected.items() <= one.optimizer.defaults.items()
    decays = {
        p.ndim > 1: g["weight_decay"] for g in one.optimizer.param_groups for p in g["params"]
    }
    assert decays == {True: 0.3, False: 0.0}
    one.step(batch(), 0, 0.02)
    assert {group["lr"] for group in one.optimizer.param_groups} == {0.02}


def test_the_encoder_has_its_own_rate():
    recipe = Recipe.from_dict(tiny.RECIPE.to_dict() | {"encoder_rate": 0.1})
    network = tiny.Tiny(0.0)
    network.encoder = torch.nn.Conv2d(1, 1, 1)
    one = Learner(network, recipe, torch.device("cpu"), Ranks())
    one.step(batch(), 0, 0.5)
    rates = {id(p): g["lr"] for g in one.optimizer.param_groups for p in g["params"]}
    assert rates[id(network.encoder.weight)] == pytest.approx(0.05)
    assert rates[id(network.layers[0].weight)] == 0.5


def test_precision_is_the_recipes_where_the_processor_has_it(monkeypatch):
    kinds, place = [], "kinemacolor.trainers.training.learner.quick_bfloat16"
    monkeypatch.setattr(place, lambda device: False)
    emulated = learner(precision="bf16")
    monkeypatch.setattr(place, lambda device: True)
    full, mixed = learner(), learner(precision="bf16")
    for one in (emulated, full, mixed):
        one.network.layers[0].register_forward_hook(lambda m, i, out: kinds.append(out.dtype))
        one.step(batch(), 0, 0.01)
    assert kinds == [torch.float32, torch.float32, torch.bfloat16]
    assert all(p.dtype == torch.float32 for p in mixed.network.parameters())


def test_a_step_draws_the_same_dropout_whatever_came_before():
    losses = []
    for noise in (0, 100):
        recipe = tiny.RECIPE
        torch.manual_seed(1)
        one = Learner(tiny.Tiny(0.5), recipe, torch.device("cpu"), Ranks())
        torch.rand(noise)
        losses.append([one.step(batch(), n, 0.0).loss for n in (3, 4)])
    assert losses[0] == losses[1] and losses[0][0] != losses[0][1]


def test_what_is_not_finite_stops_and_changes_nothing():
    one = learner()
    before = {n: v.clone() for n, v in one.network.state_dict().items()}
    broken = batch()
    broken[0, 1, 0, 0] = float("nan")
    with pytest.raises(TrainingError, match="step 8: the loss is nan") as error:
        one.step(broken, 7, 0.01)
    assert "--learning-rate" in str(error.value) and "fp32" not in str(error.value)
    assert all(torch.equal(before[n], v) for n, v in one.network.state_dict().items())
