"""The parity check: which compiled networks pass, and which do not."""

import math

import numpy as np
import pytest

from kinemacolor.engine.backends.parity import compare, probes, reference
from kinemacolor.engine.backends.registry import PARITY_LIMITS
from tests.engine.backends.doubles import SHAPE, small


@pytest.fixture(scope="module")
def network():
    return small().network()


def verdict(network, damage, precision="bf16"):
    return compare(
        lambda pictures: [damage(ab) for ab in reference(network, pictures)],
        network,
        SHAPE,
        PARITY_LIMITS[precision],
    )


def test_probes_are_fixed_and_use_all_of_the_scale():
    pictures, again = probes(SHAPE), probes(SHAPE)
    assert all(np.array_equal(a, b) for a, b in zip(pictures, again, strict=True))
    assert all(p.shape == SHAPE and p.dtype == np.float32 for p in pictures)
    assert min(p.min() for p in pictures) == 0 and max(p.max() for p in pictures) == 100


def test_the_network_itself_passes(network):
    parity = verdict(network, lambda ab: ab, "fp32")
    assert (parity.mean, parity.p99, parity.problem) == (0, 0, "")


@pytest.mark.parametrize("precision", PARITY_LIMITS)
def test_the_limit_is_the_precisions_own(network, precision):
    limit = PARITY_LIMITS[precision]
    step = np.float32([0.6, 0.8])  # of length 1
    inside = verdict(network, lambda ab: ab + step * 0.95 * limit, precision)
    outside = verdict(network, lambda ab: ab + step * 1.05 * limit, precision)
    assert inside.p99 == pytest.approx(0.95 * limit, rel=1e-3) and not inside.problem
    assert outside.mean == pytest.approx(1.05 * limit, rel=1e-3)
    assert "99th percentile" in outside.problem


def test_a_few_wrong_pixels_in_a_hundred_are_seen(network):
    def stain(ab):
        ab = ab.copy()
        ab[:2, : SHAPE[1] // 2] += 30  # 3 %
        return ab

    parity = verdict(network, stain)
    assert parity.mean < 2 and parity.problem


def test_few_pixels_far_off_are_refused(network):
    def damage(ab):
        ab = ab.copy()
        ab[:1, :2] += 5_000  # fewer than one pixel in a hundred
        return ab

    parity = verdict(network, damage)
    assert parity.p99 < 1 < parity.mean and "in the mean" in parity.problem


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda ab: ab * np.float32(math.nan), "NaN"),
        (lambda ab: np.where(ab > 0, np.float32(math.inf), ab), "NaN or infinity"),
        (lambda ab: np.full_like(ab, ab.mean()), "one colour everywhere"),
        (lambda ab: ab[..., ::-1], "99th percentile"),
        (lambda ab: ab[:, :-1], "instead of"),
        (lambda ab: np.moveaxis(ab, -1, 0), "instead of"),
    ],
    ids=["nan", "infinity", "flat", "swapped", "narrow", "planes first"],
)
def test_broken_colors_are_refused(network, damage, said):
    assert said in verdict(network, damage).problem
