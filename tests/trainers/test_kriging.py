"""The training of kriging: it learns which places have like colours, and always the same."""

import numpy as np
import pytest
import torch

from kinemacolor.models.appearance import Appearance
from kinemacolor.models.kinema import Kinema
from kinemacolor.models.kriging import CHANNELS, WEIGHTS, Kriging
from kinemacolor.trainers.kriging import Samples, look, score, train

PHOTOS, PLACES = 24, 128


@pytest.fixture(scope="module")
def samples():
    """Photos of four things each, told by one feature, whose colours differ from photo to photo."""
    rng = np.random.default_rng(3)
    thing = rng.integers(4, size=(PHOTOS, PLACES))
    colors = rng.normal(0, 20, (PHOTOS, 4, 2))
    true = np.take_along_axis(colors, thing[..., None].repeat(2, 2), 1)
    features = [rng.normal(size=(PHOTOS, PLACES, channels)) for channels in CHANNELS]
    features[1][..., :4] += 6 * np.eye(4)[thing]
    light, position = rng.uniform(0, 100, thing.shape), rng.uniform(0, 1, (*thing.shape, 2))
    parts = (*features, light, 0 * true, true + rng.normal(0, 1, true.shape), position)
    return Samples(*(torch.from_numpy(part).float() for part in parts))


def test_learns_what_is_alike(samples):
    before, own = score(Kriging(), samples, 10)
    after, _ = score(train(samples, 60), samples, 10)
    assert after < 0.75 * before < own


def test_is_the_same_again(samples):
    first, second = (train(samples, 3).state_dict() for _ in range(2))
    for name, value in first.items():
        torch.testing.assert_close(value, second[name], rtol=0, atol=0)


def test_looks_at_photos(tmp_path):
    class Photos:
        def read(self, number):
            return np.random.default_rng(number).integers(0, 256, (40, 60, 3), np.uint8)

    found = look(Photos(), [0, 1], Kinema().eval(), Appearance().eval())
    assert found.quarter.shape == (2, 256, CHANNELS[0])
    assert found.sixteenth.shape == (2, 256, CHANNELS[2]) and found.true.shape == (2, 256, 2)
    assert found.position.min() >= 0 and found.lightness.max() <= 100


def test_shipped_ones_are_small_and_have_a_card():
    assert WEIGHTS.stat().st_size < 50_000 and WEIGHTS.with_suffix(".md").is_file()
