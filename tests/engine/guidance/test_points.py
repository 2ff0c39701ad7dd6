"""Points spread over their frame: to what is like them, exactly where they are, and no further."""

import cv2
import numpy as np
import pytest

from kinemacolor.engine.guidance.guide_file.film_guide import Point
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.guidance.points import spread_points

SHAPE = (64, 96)
GREEN = (-30.0, 25.0)


@pytest.fixture(scope="module")
def encoder():
    return Encoder()


def coat_and_sky():
    """A dark, ribbed coat at the left half's foot, before a bright sky."""
    rng = np.random.default_rng(1)
    light = np.full(SHAPE, 82, np.float32) + rng.normal(0, 0.5, SHAPE).astype(np.float32)
    light[24:, 8:44] = 38 + 8 * np.sign(np.sin(np.arange(36) * 1.3))
    light = cv2.GaussianBlur(light, (0, 0), 0.7)
    automatic = np.zeros((*SHAPE, 2), np.float32)
    automatic[24:, 8:44] = 3, 6
    automatic[:24] = automatic[:, 44:] = -2, -8
    return light, automatic


def at(row, column, ab=GREEN, **more):
    return Point(0, (column + 0.5) / SHAPE[1], (row + 0.5) / SHAPE[0], ab, **more)


def test_one_point_colors_its_thing_and_not_the_picture(encoder):
    light, automatic = coat_and_sky()
    ab, known = spread_points(light, [at(44, 26)], automatic, encoder)
    assert ab.dtype == known.dtype == np.float32 and known.shape == SHAPE
    coat, sky = (slice(32, 60), slice(14, 40)), (slice(4, 60), slice(70, 92))
    change = np.hypot(*cv2.split(ab - automatic))
    wanted = np.hypot(GREEN[0] - 3, GREEN[1] - 6)
    assert change[coat].mean() > 0.5 * wanted and known[coat].mean() > 0.8
    assert change[sky].mean() < 0.05 * wanted


def test_beside_a_picture_a_point_says_nothing_of_other_things(encoder):
    light, automatic = coat_and_sky()
    coat, sky = (slice(32, 60), slice(14, 40)), (slice(4, 20), slice(4, 92))
    _, known = spread_points(light, [at(44, 26)], automatic, encoder)
    assert known[sky].mean() > 0.1
    ab, known = spread_points(light, [at(44, 26)], automatic, encoder, beside_picture=True)
    change = np.hypot(*cv2.split(ab - automatic))
    assert change[coat].mean() > 20 and known[coat].mean() > 0.8
    assert known[sky].max() < 0.01 and change[sky].mean() < 0.1


def test_no_point_changes_nothing(encoder):
    light, automatic = coat_and_sky()
    ab, known = spread_points(light, [], automatic, encoder)
    np.testing.assert_array_equal(ab, automatic)
    assert not known.any()


@pytest.mark.parametrize("place", [(0, 0), (63, 95), (44, 26)])
@pytest.mark.parametrize("radius", [0.0, 4.0])
def test_points_are_pinned_where_they_are(encoder, place, radius):
    light, automatic = coat_and_sky()
    others = [at(10, 60, (0.0, 0.0)), at(30, 30, (12.0, 9.0))]
    point = at(*place, (-9.0, 7.0), radius=radius / SHAPE[1])
    ab, known = spread_points(light, [point, *others], automatic, encoder)
    np.testing.assert_allclose(ab[place], (-9, 7), atol=1e-4)
    assert known[place] == 1
    if radius and place == (44, 26):
        np.testing.assert_allclose(ab[44, 23:30], np.full((7, 2), (-9, 7)), atol=1e-4)


def test_grey_is_a_color(encoder):
    light, automatic = coat_and_sky()
    automatic += 20
    ab, _ = spread_points(light, [at(44, 20, (0.0, 0.0))], automatic, encoder)
    coat = slice(36, 56), slice(14, 36)
    assert np.abs(ab[coat]).mean() < 0.5 * np.abs(automatic[coat]).mean()


def test_color_beyond_the_gamut_keeps_its_hue(encoder):
    light, automatic = coat_and_sky()
    ab, _ = spread_points(light, [at(10, 70, (-60.0, -60.0))], automatic, encoder)
    a, b = ab[10, 70]
    assert a < 0 and a == pytest.approx(b, abs=0.1) and np.hypot(a, b) < 60


def test_of_two_at_one_place_the_first_counts(encoder):
    light, automatic = coat_and_sky()
    points = [at(44, 26, (5.0, 20.0)), at(44, 26, (5.0, -20.0))]
    ab, _ = spread_points(light, points, automatic, encoder)
    np.testing.assert_allclose(ab[44, 26], (5, 20), atol=1e-4)


def test_each_point_leads_its_own_likes(encoder):
    light, automatic = coat_and_sky()
    points = [at(44, 26, GREEN), at(30, 80, (5.0, -15.0))]
    ab, known = spread_points(light, points, automatic, encoder)
    assert ab[36:56, 14:40, 0].mean() < -15 and ab[8:56, 60:92, 1].mean() < -10
    assert known.mean() > 0.9
