"""The choice of a network's vividness, on photos whose best setting is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from kinemacolor.models.catalog import build
from kinemacolor.models.distribution import Prediction
from kinemacolor.models.kinema import livened
from kinemacolor.trainers import vividness
from kinemacolor.trainers.evaluation.protocol import centre_lab
from kinemacolor.trainers.pictures import DataError
from kinemacolor.trainers.vividness import Livelier, Setting, liveliest, measure_settings


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
    """A network that predicts 80 % of the true chroma, livened as it is set to."""
    truth = {}
    for number in (0, 2):
        lab = centre_lab(Photos().read(number))
        truth[round(float(lab[0].sum()))] = lab[None, 1:]
    network = build("kinema")

    def predict(lightness: Tensor, hints: object = None) -> Prediction:
        ab = 0.8 * truth[round(float(lightness.sum()))]
        return Prediction(livened(ab, network.vividness, network.chroma_gamma), torch.empty(0))

    monkeypatch.setattr(network, "predict", predict)
    return network


@pytest.mark.parametrize("has", [1.0, 1.3])
def test_settings_are_measured_whatever_the_network_has(network, has):
    network.vividness.fill_(has)
    network.chroma_gamma.fill_(has)
    plain, right, strong = (Setting(factor, 1) for factor in (1, 1.25, 1.5))
    bent = Setting(1.25, 1.4)
    found = measure_settings(network, Photos(), (plain, right, strong, bent))
    others = [found[setting].ciede2000 for setting in (plain, strong, bent)]
    assert found[right].ciede2000 < 0.01 < 0.5 < min(others)
    assert found[plain].colorfulness < found[right].colorfulness < found[strong].colorfulness


def test_the_most_colorful_that_costs_little_is_taken():
    cost = 1 + vividness.MOST_COST
    found = {
        Setting(0.9, 1.0): Livelier(10.2, 18),
        Setting(1.0, 1.0): Livelier(10.0, 20),
        Setting(1.1, 1.0): Livelier(10 * cost - 0.01, 22),
        Setting(1.0, 1.3): Livelier(10 * cost - 0.01, 23),
        Setting(1.2, 1.0): Livelier(10 * cost + 0.01, 24),
    }
    assert liveliest(found) == Setting(1.0, 1.3)


def test_photos_that_cannot_be_read_are_an_error(network):
    broken = Photos()
    broken.names = ("one",)
    broken.read = lambda number: Photos().read(1)
    with pytest.raises(DataError, match="none of 1 pictures"):
        measure_settings(network, broken)
