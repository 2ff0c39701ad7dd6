"""Measures against scikit-image and against numbers worked out by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from kinemacolor.trainers.metrics import ab_error, ciede2000, colorfulness, ms_ssim, psnr, ssim
from tests.trainers import similarity_reference as reference
from tests.trainers.lab_pictures import batch, guess_of

colors = st.tuples(st.floats(0, 100), st.floats(-110, 110), st.floats(-110, 110))


def plane(*lab: float) -> torch.Tensor:
    return torch.tensor(lab, dtype=torch.float64).view(3, 1, 1)


# From table 1 of Sharma, Wu and Dalal (2005): pairs that catch usual mistakes.
SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0011), 7.2195),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ((50, 0, 0), (50, -1, 2), 2.3669),
]


@pytest.mark.parametrize(("one", "other", "difference"), SHARMA)
def test_ciede2000_of_the_authors_pairs(one, other, difference):
    assert ciede2000(plane(*one), plane(*other)).item() == pytest.approx(difference, abs=1e-4)


@settings(deadline=None, max_examples=100)
@given(one=colors, other=colors)
def test_ciede2000_equals_scikit_image(one, other):
    ours = ciede2000(plane(*one), plane(*other)).item()
    assert ours == pytest.approx(float(deltaE_ciede2000(one, other)), abs=1e-6)
    assert ours == pytest.approx(ciede2000(plane(*other), plane(*one)).item(), abs=1e-9)


def test_colorfulness_by_hand():
    grey = torch.rand(1, 8, 8).expand(3, 8, 8)
    assert colorfulness(grey).item() == pytest.approx(0, abs=1e-4)
    red_and_cyan = torch.zeros(3, 1, 2)
    red_and_cyan[0, 0, 0] = red_and_cyan[1, 0, 1] = red_and_cyan[2, 0, 1] = 1
    # rg = 255, -255: deviation 255, mean 0; yb = 127.5, -127.5: deviation 127.5, mean 0.
    assert colorfulness(red_and_cyan).item() == pytest.approx(np.hypot(255, 127.5), rel=1e-5)


def test_psnr_equals_scikit_image():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 3, 16, 16))
    ours = psnr(torch.from_numpy(a), torch.from_numpy(b)).item()
    assert ours == pytest.approx(peak_signal_noise_ratio(a, b, data_range=1))


def random_pictures() -> np.ndarray:
    """Two batches of two pictures, (2, 2, 3, 96, 90) in 0..1, that resemble each other."""
    rng = np.random.default_rng(1)
    true = rng.random((2, 3, 96, 90))
    return np.stack([true, np.clip(true + 0.2 * rng.standard_normal(true.shape), 0, 1)])


def test_ssim_equals_scikit_image_picture_by_picture():
    a, b = random_pictures()
    ours = ssim(torch.from_numpy(a), torch.from_numpy(b))
    mirror = ((0, 0), (5, 5), (5, 5))  # scikit-image leaves five pixels out at each edge
    expected = [
        structural_similarity(
            np.pad(one, mirror, mode="reflect"),
            np.pad(other, mirror, mode="reflect"),
            data_range=1.0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            channel_axis=0,
        )
        for one, other in zip(a, b, strict=True)
    ]
    np.testing.assert_allclose(ours, expected, atol=1e-6)


def test_ms_ssim_equals_the_formula_picture_by_picture():
    a, b = random_pictures()
    ours = ms_ssim(torch.from_numpy(a), torch.from_numpy(b))
    expected = [reference.ms_ssim(one, other, 1.0, 4) for one, other in zip(a, b, strict=True)]
    np.testing.assert_allclose(ours, expected, atol=1e-6)


def test_ab_error_is_the_mean_distance_of_colors():
    true = batch(90, 3)
    guess = guess_of(true)
    guess[:, 0] += 7  # lightness has no say
    difference = (guess - true)[:, 1:].double().numpy()
    expected = np.sqrt((difference**2).sum(axis=1)).mean(axis=(1, 2))
    np.testing.assert_allclose(ab_error(guess, true), expected, rtol=1e-5)
    assert ab_error(true[0], true[0]).item() == 0
