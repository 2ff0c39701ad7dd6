"""LAB to sRGB by planes, held against scikit-image."""

import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab, rgb2xyz

from kinemacolor.engine.color.srgb_planes import lightness_of_luminance, srgb_codes


def planes(lab):
    return [np.ascontiguousarray(lab[..., channel], np.float32) for channel in range(3)]


@pytest.mark.parametrize(("dtype", "least"), [(np.uint8, 0.51), (np.uint16, 3)])
def test_colors_of_the_whole_cube_come_back(dtype, least):
    """scikit-image's matrix and ours agree to five digits, hence the codes of slack at 16 bits."""
    axis = np.linspace(0, 1, 33)
    rgb = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(33, -1, 3)
    peak = np.iinfo(dtype).max
    codes = srgb_codes(*planes(rgb2lab(rgb)), dtype)
    assert codes.dtype == dtype
    assert np.abs(codes - rgb * peak).max() < least


def test_colors_out_of_gamut_are_saturated():
    lab = np.float32([[[50, 110, 0], [50, -110, 0], [99, 0, 90], [1, 60, -90], [0, 0, 0]]])
    expected = np.round(lab2rgb(lab) * 255)
    found = srgb_codes(*planes(lab), np.uint8).astype(float)
    assert np.abs(found - expected).max() <= 1
    assert found.min() == 0 and found.max() == 255


def test_lightness_of_every_luminance():
    grey = np.linspace(0, 1, 4001).reshape(1, -1, 1).repeat(3, axis=2)
    luminance = rgb2xyz(grey)[..., 1].astype(np.float32)
    np.testing.assert_allclose(
        lightness_of_luminance(luminance.copy()), rgb2lab(grey)[..., 0], atol=2e-3
    )
