"""Kriging of colours: its covariance is one, and given colours change what is like their places."""

import pytest
import torch

from kinemacolor.models.kriging import CHANNELS, Kriging, Places


def places(count, seed=0):
    rng = torch.Generator().manual_seed(seed)
    features = [torch.randn(count, channels, generator=rng) for channels in CHANNELS]
    lightness = 100 * torch.rand(count, generator=rng)
    ab = 20 * torch.randn(count, 2, generator=rng)
    return Kriging().places(features, lightness, ab, torch.rand(count, 2, generator=rng)), ab


@pytest.fixture(autouse=True)
def without_gradients():
    with torch.inference_mode():
        yield


def test_covariance_is_symmetric_and_positive():
    here, _ = places(40)
    covariance = Kriging().covariance(here, here)
    torch.testing.assert_close(covariance, covariance.T)
    assert torch.linalg.eigvalsh(covariance.double()).min() > -1e-3
    torch.testing.assert_close(covariance.diag(), Kriging().variance.expand(40))


def test_posterior_is_that_of_the_joint_gaussian():
    """By conditioning as textbooks write it, with an explicit inverse, in double precision."""
    kriging = Kriging().double()
    here, ab = places(12)
    here, ab = Places(*(part.double() for part in here)), ab.double()
    given, asked = (Places(*(part[at] for part in here)) for at in (slice(5), slice(5, None)))
    colors = 30 * torch.randn(5, 2, dtype=torch.float64)
    change, known = kriging.spread(given, colors, ab[:5], asked, ab[5:])
    joint = kriging.covariance(here, here)
    noise = kriging.deviations[3].exp() ** 2 + 1e-3
    weights = joint[5:, :5] @ torch.linalg.inv(joint[:5, :5] + noise * torch.eye(5))
    torch.testing.assert_close(change, weights @ (colors - ab[:5]))
    left = joint[5:, 5:].diag() - (weights @ joint[:5, 5:]).diag()
    torch.testing.assert_close(known, 1 - left / kriging.variance)


def test_colors_that_are_right_change_nothing():
    here, ab = places(9)
    change, known = Kriging().spread(here, ab, ab, here, ab)
    assert change.abs().max() < 1e-3 and known.min() > 0.5


def test_what_is_nothing_alike_is_not_known():
    kriging = Kriging()
    kriging.deviations[0] = -3  # no cast over all
    here, ab = places(2)
    far = here._replace(look=here.look + 1e3)
    change, known = kriging.spread(here, ab + 20, ab, far, ab)
    assert change.abs().max() < 0.5 and known.max() < 0.01
