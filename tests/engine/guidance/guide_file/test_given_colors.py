"""Colours that a person names, and what a lightness can show of them."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab

from kinemacolor.engine.guidance.guide_file.film_guide import Point
from kinemacolor.engine.guidance.guide_file.given_colors import ab_of, fit_points
from kinemacolor.engine.guidance.guide_file.guide import Ab


@pytest.mark.parametrize("color", ["#2f5d34", "#ff0000", "#000080", "#808080"])
def test_hexadecimal_colors(color):
    codes = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)])
    assert ab_of(color) == pytest.approx(rgb2lab(codes / 255)[1:], abs=0.02)


def test_other_colors():
    assert ab_of("grey") == (0, 0) and ab_of(Ab(a=-20, b=15)) == (-20, 15)


class TestFitting:
    lightness = np.full((32, 64), 50, np.float32)

    def test_what_can_be_shown_stays(self):
        points = (Point(0, 0.5, 0.5, (-20.0, 15.0)), Point(0, 0.1, 0.9, (0.0, 0.0)))
        assert fit_points(self.lightness, points) == (points, ())

    @pytest.mark.parametrize("light", [3.0, 15.0, 97.0])
    def test_what_cannot_keeps_its_hue(self, light):
        lightness = self.lightness.copy()
        lightness[16, 32] = light  # the pixel beneath the point
        red = Point(0, 32.5 / 64, 16.5 / 32, (80.0, 67.0), name="the point at 32,16")
        [found], [note] = fit_points(lightness, [red])
        a, b = found.ab
        assert np.arctan2(b, a) == pytest.approx(np.arctan2(67, 80), abs=1e-4)
        shown = lab2rgb([light, a, b])
        assert rgb2lab(shown) == pytest.approx([light, a, b], abs=0.5)  # not clipped
        beyond = lab2rgb([light, a * 1.5, b * 1.5])  # and no more would be possible
        assert np.abs(rgb2lab(beyond) - [light, a * 1.5, b * 1.5]).max() > 0.4
        assert note.startswith(
            f"the point at 32,16: too strong a colour for a lightness of {light:.0f} of"
        )
        assert f"brought from 104 to {np.hypot(a, b):.0f}, its hue kept" in note

    def test_a_large_point_goes_by_its_mean(self):
        lightness = self.lightness.copy()
        lightness[16, 32] = 0
        point = Point(0, 32.5 / 64, 16.5 / 32, (-20.0, 15.0), radius=6 / 64)
        assert fit_points(lightness, [point])[1] == ()

    def test_no_points(self):
        assert fit_points(self.lightness, ()) == ((), ())
