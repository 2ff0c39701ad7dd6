"""Each fault does what its name says, to a fixed picture, by its generator alone."""

import numpy as np
import pytest
from skimage import data, transform

from kinemacolor.trainers import film_degradation as film_look
from kinemacolor.trainers.film_degradation import FAULTS, degrade


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def photo():
    """(96, 128, 3) uint8."""
    return (transform.resize(data.astronaut(), (96, 128), anti_aliasing=True) * 255).astype("uint8")


@pytest.fixture(scope="module")
def grey(photo):
    return film_look.stock(photo, rng())


FLAT = np.full((96, 128), 0.5, np.float32)


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("seed", range(4))
def test_a_fault_is_a_pure_function_that_changes_the_picture(name, seed, grey):
    fault, chance = FAULTS[name]
    before = grey.copy()
    one, other = fault(grey, rng(seed)), fault(grey, rng(seed))
    assert np.array_equal(one, other) and np.array_equal(grey, before)
    assert one.shape == grey.shape and np.isfinite(one).all()
    assert not np.allclose(one, grey, atol=1e-3)
    assert 0 < chance < 1


def test_aged_pictures_are_pure_functions_within_range(photo):
    first = [degrade(photo, rng(seed)) for seed in range(20)]
    assert all(np.array_equal(a, degrade(photo, rng(s))) for s, a in enumerate(first))
    assert all(a.dtype == np.float32 and a.min() >= 0 and a.max() <= 1 for a in first)
    assert len({a.tobytes() for a in first}) == 20


def test_faults_do_not_move_the_picture(photo, grey):
    """The mean over many copies still lies on the photo: shifted by a pixel it fits worse."""
    mean = np.mean([degrade(photo, rng(seed)) for seed in range(60)], axis=0)

    def fit(picture):
        return np.corrcoef(mean[4:-4, 4:-4].ravel(), picture[4:-4, 4:-4].ravel())[0, 1]

    moved = [np.roll(grey, step, axis) for axis in (0, 1) for step in (-1, 1)]
    assert fit(grey) > max(map(fit, moved))


def test_orthochromatic_stock_sees_blue_bright_and_red_dark():
    red, blue = (np.full((4, 4, 3), c, np.uint8) for c in ((200, 30, 30), (60, 90, 220)))
    ratios = [film_look.stock(blue, rng(s)).mean() / film_look.stock(red, rng(s)).mean()
              for s in range(40)]  # fmt: skip
    assert min(ratios) < 1.3 and max(ratios) > 2.5


def test_fading_and_blurring_take_contrast_and_detail(grey):
    assert film_look.fade(grey, rng()).std() < grey.std()
    sharp, soft = (np.abs(np.diff(p)).sum() for p in (grey, film_look.blur(grey, rng())))
    assert soft < sharp


@pytest.mark.parametrize("seed", range(5))
def test_grain_is_noise_without_a_bias(seed):
    noise = film_look.grain(FLAT, rng(seed)) - FLAT
    assert 0.008 < noise.std() < 0.07 and abs(noise.mean()) < 0.02


@pytest.mark.parametrize("seed", range(5))
def test_a_vignette_is_darkest_in_a_corner_and_a_flicker_is_the_same_along_a_line(seed):
    dimmed = film_look.vignette(FLAT, rng(seed))
    corners = (dimmed[0, 0], dimmed[0, -1], dimmed[-1, 0], dimmed[-1, -1])
    assert dimmed.min() == min(corners) and dimmed.max() == pytest.approx(0.5, abs=0.01)
    assert np.ptp(film_look.flicker(FLAT, rng(seed)), axis=1).max() < 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_scratches_run_down_and_dirt_is_small(seed):
    lines = np.abs(film_look.scratches(FLAT, rng(seed)) - FLAT) > 0.02
    assert lines.any(axis=1).sum() > lines.any(axis=0).sum() or lines.sum() < 200
    dirt = np.abs(film_look.dirt(FLAT, rng(seed)) - FLAT) > 0.02
    assert 0 < dirt.mean() < 0.2
