"""Mean colour and expected error of a distribution, against sums written out."""

import numpy as np
import torch

from kinemacolor.models.distribution import Prediction, expected_error, palette_mean

PALETTE = torch.tensor([[0.0, 0.0], [30.0, 0.0], [0.0, 40.0], [-20.0, -10.0]])


def logits(seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(0, 2, (2, 3, 5, 4))).float()


def chances(values):
    powers = np.exp(values.double().numpy())
    return powers / powers.sum(axis=-1, keepdims=True)


def test_mean_is_the_distributions():
    found = palette_mean(logits(), PALETTE)
    expected = chances(logits()) @ PALETTE.double().numpy()
    np.testing.assert_allclose(found.permute(0, 2, 3, 1), expected, atol=1e-4)


def test_expected_error_is_the_root_mean_square_distance_from_the_mean():
    prediction = Prediction(torch.zeros(2, 2, 3, 5), logits())
    chance, colors = chances(logits()), PALETTE.double().numpy()
    mean = chance @ colors
    square = ((colors - mean[..., None, :]) ** 2).sum(axis=-1)
    expected = np.sqrt((chance * square).sum(axis=-1))
    np.testing.assert_allclose(expected_error(prediction, PALETTE)[:, 0], expected, rtol=1e-4)


def test_who_is_certain_expects_no_error():
    certain = torch.full((1, 2, 2, 4), -100.0)
    certain[..., 2] = 100
    error = expected_error(Prediction(torch.zeros(1, 2, 8, 8), certain), PALETTE)
    assert error.shape == (1, 1, 8, 8)
    torch.testing.assert_close(error, torch.zeros_like(error), atol=1e-2, rtol=0)
