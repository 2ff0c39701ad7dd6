"""The palette reaches every sRGB colour, and soft labels say it exactly."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2lab

from kinemacolor.models.palette import STEP, nearest_four, palette


def as_ab(rgb):
    """(1, 2, 1, N) of N sRGB colours in 0..1, by scikit-image."""
    lab = rgb2lab(np.array(rgb, np.float64).reshape(1, -1, 3))
    return torch.from_numpy(lab[..., 1:]).permute(2, 0, 1)[None].float()


def test_colors_lie_on_the_grid_once_each():
    colors = palette()
    assert torch.equal(colors, (colors / STEP).round() * STEP)
    assert len(colors.unique(dim=0)) == len(colors)
    assert (colors == 0).all(dim=1).sum() == 1


def test_the_corners_of_srgb_are_between_colors_of_the_palette():
    cube = [(r, g, b) for r in (0, 1) for g in (0, 1) for b in (0, 1)]
    ab = as_ab(cube)[0, :, 0].T
    apart = (ab[:, None] - palette()[None]).abs()
    assert ((apart < STEP).all(dim=-1).sum(dim=1) >= 1).all()


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=20))
def test_the_weighted_mean_of_four_is_the_color(colors):
    ab = as_ab([[c / 255 for c in color] for color in colors])
    picks, weights = nearest_four(ab)
    assert (weights >= 0).all()
    torch.testing.assert_close(weights.sum(dim=1), torch.ones_like(weights[:, 0]))
    mean = (palette()[picks] * weights[..., None]).sum(dim=1).permute(0, 3, 1, 2)
    torch.testing.assert_close(mean, ab, atol=2e-3, rtol=0)


@pytest.mark.parametrize("ab", [(0.0, 0.0), (30.0, -20.0)])
def test_a_color_of_the_palette_needs_no_other(ab):
    picks, weights = nearest_four(torch.tensor(ab).view(1, 2, 1, 1))
    assert weights.max() == pytest.approx(1)
    best = picks.flatten()[weights.flatten().argmax()]
    assert tuple(palette()[best].tolist()) == ab
