"""What a step lowers: the network's answer compared with the truth, one loss or the other."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from kinemacolor.models.catalog import build
from kinemacolor.models.colorizer import Hints
from kinemacolor.models.distribution import Prediction, palette_mean
from kinemacolor.models.palette import palette
from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.losses.distribution import distribution_loss
from kinemacolor.trainers.training.objective import Objective
from tests.trainers import tiny


def lab(seed=0, size=32):
    rng = np.random.default_rng(seed)
    small = rng.uniform((20, -20, -20), (80, 20, 20), (2, 4, 4, 3))
    return F.interpolate(torch.from_numpy(small).permute(0, 3, 1, 2).float(), size, mode="bilinear")


def test_distribution_loss_against_sums_written_out():
    true, colors = lab(size=8), palette().double().numpy()
    logits = torch.from_numpy(np.random.default_rng(1).normal(0, 1, (2, 2, 2, len(colors))))
    prediction = Prediction(torch.zeros(2, 2, 8, 8), logits.float())
    ab = true[:, 1:].double().numpy().reshape(2, 2, 2, 4, 2, 4).mean(axis=(3, 5))
    total = weights = 0.0
    for n in range(2):
        for y in range(2):
            for x in range(2):
                place = ab[n, :, y, x]
                # Linear along both axes between the palette's neighbours ten units apart.
                label = np.prod(np.clip(1 - np.abs(colors - place) / 10, 0, 1), axis=1)
                assert label.sum() == pytest.approx(1)
                z = logits[n, y, x].numpy()
                log_chance = z - np.log(np.exp(z).sum())
                weight = 1 + np.hypot(*place) / 25
                total -= weight * (label * log_chance).sum()
                weights += weight
    far = np.abs(true[:, 1:].double().numpy())
    huber = np.where(far < 10, far**2 / 2, 10 * (far - 5)).mean() / 10
    expected = 0.5 * total / weights + 0.1 * huber
    assert distribution_loss(prediction, true).item() == pytest.approx(expected, rel=1e-4)


def test_the_truth_as_prediction_leaves_only_the_labels_softness():
    true = torch.zeros(1, 3, 8, 8)
    true[:, 1:] = torch.tensor([30.0, -20.0]).view(1, 2, 1, 1)
    sure = torch.full((1, 2, 2, len(palette())), -50.0)
    sure[..., (palette() == torch.tensor([30.0, -20.0])).all(dim=1)] = 50.0
    assert distribution_loss(Prediction(true[:, 1:], sure), true).item() == pytest.approx(
        0, abs=1e-4
    )


def test_a_network_without_distribution_is_refused():
    with pytest.raises(ValueError, match="Tiny predicts no distribution"):
        Objective(tiny.Tiny(), Recipe(loss="distribution"))


@pytest.mark.parametrize("loss", ["distribution", "huber"])
def test_the_default_network_learns_from_either(loss):
    torch.manual_seed(0)
    network = build("kinema").train()
    objective = Objective(network, Recipe(loss=loss))
    mask = torch.zeros(2, 1, 32, 32)
    mask[:, :, ::8, ::8] = 1
    value = objective(lab(), mask)
    value.backward()
    assert value.ndim == 0 and value.isfinite()
    assert network.encoder.model.conv_stem.weight.grad.abs().sum() > 0
    assert network.colours.weight.grad.abs().sum() > 0


def test_hints_are_the_truth_where_the_mask_is_set():
    seen = []

    class Spy(tiny.Tiny):
        def forward(self, lightness, hints=None):
            seen.append(hints)
            return super().forward(lightness, hints)

    mask = (torch.rand(2, 1, 32, 32) < 0.1).float()
    Objective(Spy(), Recipe(loss="l1"))(lab(), mask)
    assert torch.equal(seen[0].ab, lab()[:, 1:] * mask) and torch.equal(seen[0].mask, mask)


def test_without_detail_the_distribution_alone_is_compared():
    torch.manual_seed(0)
    network = build("kinema").train()
    objective = Objective(network, Recipe(loss="distribution"))
    mask = torch.zeros(2, 1, 32, 32)
    mask[1, :, ::8, ::8] = 1  # in one of them
    value = objective(lab(), mask, detailed=False)
    value.backward()
    hints = Hints(lab()[:, 1:] * mask, mask)
    logits = network.distribution(lab()[:, :1], hints)
    assert torch.equal(logits, network.predict(lab()[:, :1], hints).logits)
    small = Prediction(palette_mean(logits, network.palette), logits)
    expected = distribution_loss(small, F.avg_pool2d(lab(), 4))
    assert value.item() == pytest.approx(expected.item(), rel=1e-5)
    assert network.colours.weight.grad.abs().sum() > 0
    assert all(p.grad is None for p in network.mixing.parameters())
