"""MS-SSIM against the papers' formulas in NumPy."""

import numpy as np
import pytest
import torch

from kinemacolor.trainers.similarity import ms_ssim, scales
from tests.trainers import similarity_reference as reference
from tests.trainers.lab_pictures import batch, guess_of


@pytest.mark.parametrize(
    ("height", "width", "count"),
    [
        (256, 256, 5),
        (161, 190, 5),
        (160, 256, 4),
        (81, 96, 4),
        (64, 65, 3),
        (40, 99, 2),
        (11, 30, 1),
    ],
)
def test_equals_the_formula_at_as_many_scales_as_fit(height, width, count):
    true = batch(1, 1, height, width)
    guess = guess_of(true)
    one, other = guess[:, 1:] + 128, true[:, 1:] + 128
    expected = reference.ms_ssim(one[0].numpy(), other[0].numpy(), 255, count)
    assert scales(height, width) == count
    assert ms_ssim(one, other, 255).item() == pytest.approx(expected, abs=3e-5)
    assert 0.2 < expected < 0.99


def test_each_picture_has_its_own():
    true = batch(3, 3)
    guess = guess_of(true)
    together = ms_ssim(guess, true, 255)
    alone = torch.cat([ms_ssim(guess[i : i + 1], true[i : i + 1], 255) for i in range(3)])
    torch.testing.assert_close(together, alone)
    assert together.std() > 0


def test_where_nothing_correlates_it_is_zero_and_slopes_are_finite():
    rng = np.random.default_rng(0)
    one = torch.from_numpy(rng.random((1, 1, 64, 64)) * 255).requires_grad_()
    value = ms_ssim(one, 255 - one.detach(), 255)
    value.sum().backward()
    assert value.item() == 0
    assert one.grad is not None and one.grad.isfinite().all()


def test_slopes_are_finite_about_zero_correlation():
    torch.manual_seed(0)
    noise, flat = torch.rand(8, 1, 24, 24) * 255, torch.full((8, 1, 24, 24), 128.0)
    for share in (0.0, 1e-4, 1e-2):
        one = (flat + share * (torch.rand_like(noise) - 0.5)).requires_grad_()
        ms_ssim(one, noise, 255).sum().backward()
        assert one.grad is not None and one.grad.isfinite().all()


def test_pictures_below_the_window_are_refused_in_a_line():
    with pytest.raises(ValueError, match="10 x 40: 11 x 11 pixels or more"):
        scales(40, 10)
