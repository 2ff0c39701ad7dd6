"""Colour formulas against scikit-image and each other."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import lab2rgb, rgb2lab

from kinemacolor.models.color import lab as cs


def planes(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture).movedim(-1, -3)


@pytest.fixture
def rgb() -> np.ndarray:
    return np.random.default_rng(0).random((40, 40, 3))


def test_lab_equals_scikit_image(rgb):
    ours = cs.srgb_to_lab(planes(rgb)).movedim(-3, -1).numpy()
    # scikit-image rounds its matrix to six digits.
    np.testing.assert_allclose(ours, rgb2lab(rgb), atol=0.01)


def test_rgb_equals_scikit_image(rgb):
    lab = rgb2lab(rgb)
    np.testing.assert_allclose(
        cs.lab_to_srgb(planes(lab)).movedim(-3, -1).numpy(), lab2rgb(lab), atol=1e-3
    )


@pytest.mark.parametrize("primaries", ["bt709", "smpte170m", "bt470bg", "bt2020"])
def test_lab_and_back(rgb, primaries):
    there = cs.srgb_to_lab(planes(rgb), primaries)
    back = cs.lab_to_srgb(there, primaries)
    torch.testing.assert_close(back, planes(rgb), atol=1e-9, rtol=0)


@pytest.mark.parametrize("primaries", ["bt709", "smpte170m", "bt470bg", "bt2020"])
def test_grey_has_no_color(primaries):
    grey = torch.linspace(0, 1, 256, dtype=torch.float64).view(1, 1, 256).expand(3, 1, 256)
    lab = cs.srgb_to_lab(grey, primaries)
    assert lab[1:].abs().max() < 1e-9
    torch.testing.assert_close(lab[0], cs.grey_to_lightness(grey[0]))


def test_lightness_table_inverts():
    grey = torch.linspace(0, 1, 65536, dtype=torch.float64)
    back = cs.lightness_to_grey(cs.grey_to_lightness(grey))
    torch.testing.assert_close(back, grey, atol=1e-9, rtol=0)


def test_gradients_are_finite_everywhere():
    rgb = torch.zeros(3, 1, 1, requires_grad=True)
    cs.lab_to_srgb(cs.srgb_to_lab(rgb)).sum().backward()
    assert rgb.grad.isfinite().all()


@settings(deadline=None, max_examples=50)
@given(
    lightness=st.floats(0.5, 99.5),
    a=st.floats(-120, 120),
    b=st.floats(-120, 120),
)
def test_gamut_keeps_lightness_and_hue(lightness, a, b):
    lab = torch.tensor([lightness, a, b], dtype=torch.float64).view(3, 1, 1)
    fitted = cs.fit_gamut(lab, steps=30)
    linear = cs.lab_to_linear(fitted)
    assert linear.min() > -1.1e-4 and linear.max() < 1 + 1.1e-4
    assert fitted[0] == lab[0]
    cross = fitted[1] * b - fitted[2] * a
    assert abs(cross) < 1e-6 * max(1, a * a + b * b)
    assert fitted[1:].norm() <= lab[1:].norm() + 1e-9


def test_gamut_leaves_colors_inside_alone(rgb):
    lab = cs.srgb_to_lab(planes(rgb))
    assert torch.equal(cs.fit_gamut(lab), lab)
