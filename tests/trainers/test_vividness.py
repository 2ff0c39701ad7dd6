"""The choice of a network's vividness, on photos whose best factor is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from kinemacolor.models.catalog import build
from kinemacolor.models.distribution import Prediction
from kinemacolor.trainers import vividness
from kinemacolor.trainers.evaluation.protocol import centre_lab
from kinemacolor.trainers.pictures import DataError
from kinemacolor.trainers.vividness import Livelier, liveliest, measure_factors


class Photos:
    """A few colourful pictures, of which the second cannot be read."""

    names = ("one", "broken", "two")

    def __len__(self):
        return len(self.names)

    def read(self, number):
        if number == 1:
            raise DataError("broken: is no picture")
        rows = np.linspace(0, 255, 256)[:, None, None]
        color = np.array([[[200, 120, 60], [60, 130, 190], [120, 150, 80]][number]])
        return (0.5 * rows + 0.5 * color).repeat(256, 1).astype(np.uint8)


@pytest.fixture
def network(monkeypatch):
    """A network that predicts 80 % of the true chroma, times its vividness."""
    truth = {}
    for number in (0, 2):
        lab = centre_lab(Photos().read(number))
        truth[round(float(lab[0].sum()))] = lab[None, 1:]
    network = build("kinema")

    def predict(lightness: Tensor, hints: object = None) -> Prediction:
        ab = 0.8 * truth[round(float(lightness.sum()))] * network.vividness
        return Prediction(ab, torch.empty(0))

    monkeypatch.setattr(network, "predict", predict)
    return network


@pytest.mark.parametrize("has", [1.0, 1.3])
def test_factors_are_measured_whatever_the_network_has(network, has):
    network.vividness.fill_(has)
    found = measure_factors(network, Photos(), (1.0, 1.25, 1.5))
    assert found[1.25].ciede2000 < 0.01 < 1 < min(found[1.0].ciede2000, found[1.5].ciede2000)
    assert found[1.0].colorfulness < found[1.25].colorfulness < found[1.5].colorfulness


def test_the_largest_that_costs_little_is_taken():
    cost = 1 + vividness.MOST_COST
    found = {0.9: 10.2, 1.0: 10.0, 1.1: 10 * cost - 0.01, 1.2: 10 * cost + 0.01}
    assert liveliest({factor: Livelier(error, 20) for factor, error in found.items()}) == 1.1


def test_photos_that_cannot_be_read_are_an_error(network):
    broken = Photos()
    broken.names = ("one",)
    broken.read = lambda number: Photos().read(1)
    with pytest.raises(DataError, match="none of 1 pictures"):
        measure_factors(network, broken)
