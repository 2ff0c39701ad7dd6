"""Calibration of a network's own error estimate, and photos degraded like old film."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from kinemacolor.models.catalog import build
from kinemacolor.trainers.evaluation import centre_lab, error_predictor, evaluate
from kinemacolor.trainers.evaluation.calibration import Calibration
from kinemacolor.trainers.film_degradation import degrade
from kinemacolor.trainers.photos import grey_lightness
from kinemacolor.trainers.pictures import open_pictures


@pytest.fixture
def photos(photo_folder):
    for name in ("grey.png", "sepia.png", "broken.jpg"):
        (photo_folder / name).unlink()
    return open_pictures([str(photo_folder)])


def grey(lightness, hints=None):
    return torch.zeros_like(lightness).repeat(1, 2, 1, 1)


def test_the_correlation_is_over_the_pixels_of_all_photos():
    rng = np.random.default_rng(0)
    true, expected = rng.normal(0, 9, (6, 2, 8, 8)), rng.random((6, 1, 8, 8))
    found = Calibration()
    for part in (slice(0, 4), slice(4, 6)):
        planes = torch.from_numpy(true[part])
        found.add(torch.from_numpy(expected[part]), torch.zeros_like(planes), planes)
    error = np.linalg.norm(true, axis=1)[:, ::4, ::4]
    reference = spearmanr(expected[:, 0, ::4, ::4].ravel(), error.ravel()).statistic
    assert found.value() == pytest.approx(reference, abs=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_who_knows_the_order_of_the_errors_gets_one(sign):
    error = torch.rand(2, 1, 16, 16)
    true = torch.cat([error, error * 0], dim=1)
    found = Calibration()
    found.add(sign * error**3, torch.zeros_like(true), true)
    assert found.value() == pytest.approx(sign)


def test_a_constant_error_estimate_has_no_calibration(photos):
    scores = evaluate(
        grey, photos, error_predictor=lambda lightness, hints: torch.ones_like(lightness)
    )
    assert math.isnan(scores.columns["network"]["calibration"])
    assert "calibration" not in evaluate(grey, photos).columns["network"]


def test_only_networks_with_a_distribution_predict_their_error():
    assert error_predictor(build("deep_cnn")) is None
    predict = error_predictor(build("kinema"))
    assert predict(torch.rand(2, 1, 32, 64) * 100, None).shape == (2, 1, 32, 64)


def test_aged_photos_keep_their_colors_and_their_seed(photos):
    rgb = photos.read(1)
    plain, aged = centre_lab(rgb), centre_lab(rgb, 7)
    assert torch.equal(aged[1:], plain[1:]) and torch.equal(aged, centre_lab(rgb, 7))
    assert not torch.equal(aged[:1], plain[:1])
    assert not torch.equal(aged, centre_lab(rgb, 8))


def test_what_is_aged_is_the_crop_that_is_compared(photos):
    rgb = np.tile(np.arange(0, 256, dtype=np.uint8)[:, None, None], (1, 256, 3))
    expected = grey_lightness(degrade(rgb, np.random.default_rng(3)))
    assert torch.equal(centre_lab(rgb, 3)[:1], expected)


def test_evaluation_shows_the_network_the_aged_photos(photos):
    seen = []

    def look(lightness, hints):
        seen.extend(lightness)
        return grey(lightness)

    scores = evaluate(look, photos, aged=True)
    for number, lightness in enumerate(seen):
        assert torch.equal(lightness, centre_lab(photos.read(number), number)[:1])
    assert scores.ratio == pytest.approx(1)
