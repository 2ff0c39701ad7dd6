"""The measures of steadiness, against sums done by hand and by SciPy."""

import cv2
import numpy as np
import pytest

from benchmarks import consistency
from benchmarks.video_metrics import Motion, cdc, color_change, divergence, histograms, true_motion
from kinemacolor.engine.settings import Settings
from kinemacolor.models.weights import Loaded
from tests.engine.media.video.films import make_film
from tests.engine.tint import Tint


def texture(shape=(96, 128), seed=0, blur=2.0):
    noise = np.random.default_rng(seed).random(shape, np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), blur)
    return ((smooth - smooth.min()) / np.ptp(smooth) * 219 + 16).astype(np.uint8)


def still(shape):
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return Motion(np.dstack([x, y]), np.ones(shape, bool))


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (3, 0), (-2, 4)])
def test_color_that_moves_with_the_picture_does_not_flicker(dx, dy):
    wide = texture((140, 170))
    views = [wide[20 + dy * i : 116 + dy * i, 20 + dx * i : 148 + dx * i] for i in range(2)]
    colors = np.random.default_rng(1).random((140, 170, 2), np.float32)
    colors = cv2.GaussianBlur(colors, (0, 0), 5)
    ab = [colors[20 + dy * i : 116 + dy * i, 20 + dx * i : 148 + dx * i] * 400 for i in range(2)]
    motion = true_motion(*map(np.ascontiguousarray, views))
    assert motion.known.mean() > 0.85
    moved = color_change(*map(np.ascontiguousarray, ab), motion)
    unmoved = color_change(*map(np.ascontiguousarray, ab), still((96, 128)))
    assert moved < 0.1
    if dx or dy:
        assert unmoved > 10 * moved


def test_a_known_pan_by_whole_pixels_has_no_flicker_at_all():
    ab = np.random.default_rng(2).normal(0, 30, (48, 64, 2)).astype(np.float32)
    at = still((48, 64)).at + np.float32([5, 0])
    motion = Motion(at, at[..., 0] <= 63)
    assert color_change(ab, np.roll(ab, 5, 1), motion) == 0


@pytest.mark.parametrize("axis", [0, 1])
def test_color_that_alternates_by_d_flickers_by_twice_that(axis):
    luma = texture()
    ab = np.full((96, 128, 2), 7, np.float32)
    swing = np.zeros(2, np.float32)
    swing[axis] = 3
    assert color_change(ab + swing, ab - swing, true_motion(luma, luma)) == pytest.approx(6)


def test_only_known_motion_counts():
    here, there = np.zeros((2, 8, 8, 2), np.float32)
    there[:, 4:] = 100
    motion = still((8, 8))
    motion.known[:, 4:] = False
    assert color_change(here, there, motion) == 0
    motion.known[:] = False
    assert np.isnan(color_change(here, there, motion))


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


def scores(**ours):
    """Figures of a film where every other version has 1 of everything."""
    measures = ("flicker", "colorfulness", "ciede2000", "calls")
    return {m: {"ours": ours.get(m, 1), "alone": 1, "every 1": 1} for m in measures}


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"flicker": 0.59}, {"flicker": 0.61}),
        ({"colorfulness": 0.98}, {"colorfulness": 0.96}),
        ({"calls": 0.33}, {"calls": 0.34}),
        ({"ciede2000": 1.01}, {"ciede2000": 1.03}),
        ({"flicker": 1.0}, {"flicker": 1.01}),
    ],
)
def test_a_bar_holds_up_to_its_limit(good, bad):
    verdicts = [[bar["holds"] for bar in consistency.bars(scores(**ours))] for ours in (good, bad)]
    assert sum(verdicts[0]) == sum(verdicts[1]) + 1


def test_bars_of_propagation_need_the_network_on_every_frame():
    some = {m: {"ours": 1, "alone": 2} for m in scores()}
    assert [bar["to"] for bar in consistency.bars(some)] == ["alone"] * 2


def test_versions_of_a_film_and_what_they_cost(tmp_path, monkeypatch):
    monkeypatch.setattr(consistency, "load", lambda _: Loaded(Tint, "tint", "0" * 64, {}))
    film = make_film(
        tmp_path / "film.mkv", codec="ffv1", pix_fmt="yuv420p", frames=14, size=(64, 64)
    )
    every_fourth = Settings(color_every="4", working_size=32, device="cpu", color_memory=False)
    versions = consistency.versions_of(every_fourth, ["1", "6"])
    [(name, found)] = consistency.run([film], versions, 10)
    assert name == "film.mkv" and set(found) == set(consistency.MEASURES)
    assert set(found["ciede2000"]) == {"ours", "every 1", "every 6", "alone", "truth", "grey"}
    assert found["ciede2000"]["truth"] == 0 < found["ciede2000"]["grey"]
    assert found["calls"]["every 1"] == found["calls"]["alone"] == 1
    assert 0.4 <= found["calls"]["ours"] <= 1 and min(found["cpu"].values()) > 0
    assert "every 6" in consistency.table(name, found)
