"""Fitting into the gamut: what fits stays as it is, what does not loses chroma alone."""

import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab

from kinemacolor.engine.color.still_spaces import SRGB


def planes(lab):
    return [np.ascontiguousarray(lab[..., channel], np.float32) for channel in range(3)]


def test_what_is_far_from_the_edge_stays_bit_for_bit():
    light, hue = np.meshgrid(np.linspace(25, 80, 99), np.linspace(0, 2 * np.pi, 61))
    light, a, b = planes(np.stack([light, 15 * np.cos(hue), 15 * np.sin(hue)], -1))
    before = a.copy(), b.copy()
    SRGB.gamut.fit(light, a, b)
    assert (a == before[0]).all() and (b == before[1]).all()


@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB")
@pytest.mark.parametrize("chroma", [15, 60, 150])
def test_what_does_not_keeps_hue_and_lightness(chroma):
    """Held against scikit-image: the fitted colour is in gamut, and the largest that is."""
    light, hue = np.meshgrid(np.linspace(2, 98, 49), np.linspace(0, 2 * np.pi, 61))
    lab = np.stack([light, chroma * np.cos(hue), chroma * np.sin(hue)], -1)
    light, a, b = planes(lab)
    SRGB.gamut.fit(light, a, b)
    fitted = np.stack([light, a, b], -1).astype(float)
    assert np.abs(rgb2lab(lab2rgb(fitted))[..., 0] - light).max() < 1
    kept = np.hypot(a, b)
    assert (kept <= chroma * (1 + 1e-6)).all()
    np.testing.assert_allclose(a * lab[..., 2], b * lab[..., 1], atol=1e-2 * chroma)
    fits = (np.abs(rgb2lab(lab2rgb(lab)) - lab) < 1e-2).all(-1)
    assert (kept[fits] > 0.9 * chroma).all()
