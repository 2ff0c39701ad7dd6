"""The measures of steadiness, against sums done by hand and by SciPy."""

import cv2
import numpy as np
import pytest

from benchmarks import consistency
from benchmarks.video_metrics import Motion, cdc, colour_change, divergence, histograms, true_motion


def texture(shape=(96, 128), seed=0, blur=2.0):
    noise = np.random.default_rng(seed).random(shape, np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), blur)
    return ((smooth - smooth.min()) / np.ptp(smooth) * 219 + 16).astype(np.uint8)


def still(shape):
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return Motion(np.dstack([x, y]), np.ones(shape, bool))


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (3, 0), (-2, 4)])
def test_colour_that_moves_with_the_picture_does_not_flicker(dx, dy):
    wide = texture((140, 170))
    views = [wide[20 + dy * i : 116 + dy * i, 20 + dx * i : 148 + dx * i] for i in range(2)]
    colours = np.random.default_rng(1).random((140, 170, 2), np.float32)
    colours = cv2.GaussianBlur(colours, (0, 0), 5)
    ab = [colours[20 + dy * i : 116 + dy * i, 20 + dx * i : 148 + dx * i] * 400 for i in range(2)]
    motion = true_motion(*map(np.ascontiguousarray, views))
    assert motion.known.mean() > 0.85
    moved = colour_change(*map(np.ascontiguousarray, ab), motion)
    unmoved = colour_change(*map(np.ascontiguousarray, ab), still((96, 128)))
    assert moved < 0.1
    if dx or dy:
        assert unmoved > 10 * moved


def test_a_known_pan_by_whole_pixels_has_no_flicker_at_all():
    ab = np.random.default_rng(2).normal(0, 30, (48, 64, 2)).astype(np.float32)
    at = still((48, 64)).at + np.float32([5, 0])
    motion = Motion(at, at[..., 0] <= 63)
    assert colour_change(ab, np.roll(ab, 5, 1), motion) == 0


@pytest.mark.parametrize("axis", [0, 1])
def test_colour_that_alternates_by_d_flickers_by_twice_that(axis):
    luma = texture()
    ab = np.full((96, 128, 2), 7, np.float32)
    swing = np.zeros(2, np.float32)
    swing[axis] = 3
    assert colour_change(ab + swing, ab - swing, true_motion(luma, luma)) == pytest.approx(6)


def test_only_known_motion_counts():
    here, there = np.zeros((2, 8, 8, 2), np.float32)
    there[:, 4:] = 100
    motion = still((8, 8))
    motion.known[:, 4:] = False
    assert colour_change(here, there, motion) == 0
    motion.known[:] = False
    assert np.isnan(colour_change(here, there, motion))


def test_unrelated_pictures_have_hardly_any_known_motion():
    assert true_motion(texture(seed=1), texture(seed=2)).known.mean() < 0.5


def test_histograms_are_those_of_numpy():
    rgb = np.random.default_rng(3).integers(0, 256, (20, 30, 3), np.uint8)
    expected = [np.histogram(rgb[..., c], 256, (0, 256))[0] / 600 for c in range(3)]
    np.testing.assert_array_equal(histograms(rgb), expected)


def test_divergence_is_that_of_scipy():
    distance = pytest.importorskip("scipy.spatial.distance")
    p, q = np.random.default_rng(4).dirichlet(np.full(256, 0.05), 2)
    assert divergence(p, q) == pytest.approx(distance.jensenshannon(p, q) ** 2)


def test_divergence_of_histograms_apart_is_the_logarithm_of_two():
    p, q = np.eye(256)[[3, 200]]
    assert divergence(p, q) == pytest.approx(np.log(2))
    assert divergence(p, p) == 0


def test_cdc_of_a_still_clip_is_nothing_and_of_a_change_what_its_pairs_give():
    one, other = (histograms(np.full((4, 4, 3), code, np.uint8)) for code in (10, 20))
    assert cdc([one] * 6) == 0
    # Of 5, 4 and 2 pairs at gaps 1, 2 and 4, those across the change are 1, 2 and 2.
    expected = np.log(2) * np.mean([1 / 5, 2 / 4, 2 / 2])
    assert cdc([one] * 3 + [other] * 3) == pytest.approx(expected)
    with pytest.raises(ValueError, match="too few"):
        cdc([one] * 4)


def test_bars_are_of_ours_against_unsmoothed():
    def scores(flicker, colour):
        return {
            "flicker": {"ours": flicker, "unsmoothed": 2.0},
            "colourfulness": {"ours": colour, "unsmoothed": 20.0},
        }

    assert [bar["holds"] for bar in consistency.bars(scores(1.19, 19.41))] == [True, True]
    assert [bar["holds"] for bar in consistency.bars(scores(1.21, 19.39))] == [False, False]
