"""The training of the metric: views of photos, and a head that finds like colours in them."""

import numpy as np
import torch

from kinemacolor.models.appearance import Appearance
from kinemacolor.models.metric import GROUPS
from kinemacolor.trainers.metric import Pair, error, look, train
from kinemacolor.trainers.view_pairs import SIDE, view_pair

CHANNELS = 24


def pairs():
    """Cells of four things each, told by four weak channels among noise."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(12):
        colors = rng.normal(0, 20, (4, 2))
        sides = []
        for count in (48, 160):
            thing = rng.integers(4, size=count)
            seen = rng.normal(size=(count, CHANNELS))
            seen[:, :4] = 0.6 * rng.normal(size=(count, 4)) + 1.5 * np.eye(4)[thing]
            seen /= np.linalg.norm(seen, axis=1, keepdims=True)
            sides += [torch.from_numpy(seen).half(), torch.from_numpy(colors[thing]).float()]
        found.append(Pair(*sides))
    return found


def test_learns_which_channels_tell_things_apart():
    given = pairs()
    raw, learned = torch.eye(CHANNELS), train(given, CHANNELS, 60)
    before, after = (
        float(torch.stack([error(pair, head, torch.tensor(30.0)) for pair in given]).mean())
        for head in (raw, learned)
    )
    assert after < 0.9 * before
    assert torch.equal(learned, train(given, CHANNELS, 60))


def test_views_share_a_part_of_their_photo():
    y, x = np.mgrid[0:256, 0:320]
    photo = np.dstack([x * 0.8, y, 255 - x * 0.8]).astype(np.uint8)
    for seed in range(3):
        views = view_pair(photo, np.random.default_rng(seed))
        again = view_pair(photo, np.random.default_rng(seed))
        for (light, ab), (light_again, _) in zip(views, again, strict=True):
            assert light.shape == (SIDE, SIDE) and ab.shape == (SIDE, SIDE, 2)
            assert light.dtype == ab.dtype == np.float32
            assert light.min() >= 0 and light.max() <= 100
            assert np.array_equal(light, light_again)
        one, other = (ab.reshape(-1, 2) for _, ab in views)
        low, high = other.min(0) - 2, other.max(0) + 2
        inside = ((one > low) & (one < high)).all(1).mean()
        assert 0.2 < inside <= 1 and not np.array_equal(one, other)


def test_looks_at_a_photo():
    photo = np.random.default_rng(0).integers(0, 256, (240, 300, 3), np.uint8)
    pair = look(photo, Appearance().eval(), np.random.default_rng(1))
    cells = (SIDE * 3 // 16) ** 2
    assert pair.keys.shape == (cells, sum(GROUPS) + 3) and pair.colors.shape == (cells, 2)
    assert pair.queries.shape[1] == pair.keys.shape[1] and pair.truth.shape[1] == 2
    assert len(pair.queries) == len(pair.truth)
