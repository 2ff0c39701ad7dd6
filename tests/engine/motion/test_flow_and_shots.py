"""Motion between frames, shot boundaries, and the smoothing along them."""

import cv2
import numpy as np
import pytest

from kinemacolor.engine.motion.frames import ColoredFrame, with_flow
from kinemacolor.engine.motion.optical_flow import (
    enlarged,
    estimate_flow,
    flow_at_half,
    halved,
    identity_grid,
    warp,
)
from kinemacolor.engine.motion.shots import is_cut, shot_starts, thumbnail
from kinemacolor.engine.motion.smoothing import smooth_temporally


def texture(seed: int, shape: tuple[int, int] = (96, 128), blur: float = 3.0) -> np.ndarray:
    noise = np.random.default_rng(seed).random(shape, np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), blur)
    return (smooth - smooth.min()) / np.ptp(smooth) * 100


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (3, 0), (0, -2), (-4, 3)])
def test_flow_finds_a_shift(dx, dy):
    here = texture(0)
    there = np.roll(here, (dy, dx), (0, 1))
    found = estimate_flow(here, there)
    inner = (slice(16, -16), slice(16, -16))
    y, x = np.mgrid[0:96, 0:128].astype(np.float32)
    assert np.abs(found.to_next[0] - x - dx)[inner].mean() < 0.3
    assert np.abs(found.to_next[1] - y - dy)[inner].mean() < 0.3
    assert found.confidence_next[inner].mean() > 0.9
    assert np.abs(warp(there, found.to_next) - here)[inner].mean() < 1.5


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (6, 0), (0, -2), (-4, 3)])
def test_flow_at_half_size_finds_a_shift(dx, dy):
    here = texture(0)
    there = np.roll(here, (dy, dx), (0, 1))
    found = flow_at_half(here, there)
    assert found.to_next.shape == (2, 48, 64) and found.confidence_next.shape == (48, 64)
    inner = (slice(16, -16), slice(16, -16))
    at = enlarged(found.to_next, here.shape)
    y, x = np.mgrid[0:96, 0:128].astype(np.float32)
    assert np.abs(at[0] - x - dx)[inner].mean() < 0.3
    assert np.abs(at[1] - y - dy)[inner].mean() < 0.3
    assert found.confidence_next[8:-8, 8:-8].mean() > 0.9


@pytest.mark.parametrize("shape", [(64, 96), (65, 97), (32, 416)])
def test_enlarged_positions_are_where_the_small_ones_lie(shape):
    """A turn and a stretch, known in closed form at both sizes."""
    small = halved(np.zeros(shape, np.float32)).shape
    scales = np.float32([large / few for large, few in zip(shape, small, strict=True)][::-1])
    turn = np.array([[0.02, -0.05], [0.04, 0.01]], np.float32)

    def moved(at, scale):  # the same motion, in pixels of either size
        return (
            at
            + np.einsum("ij,jhw->ihw", turn, (at + 0.5) * scale[:, None, None])
            / (scale[:, None, None])
        )

    found = enlarged(moved(identity_grid(*small), scales), shape)
    true = moved(identity_grid(*shape), np.ones(2, np.float32))
    np.testing.assert_allclose(found[:, 1:-1, 1:-1], true[:, 1:-1, 1:-1], atol=2e-2)
    assert np.abs(found - true).max() < 0.1  # the border itself is not extrapolated


def test_what_is_too_small_to_be_halved_is_followed_as_it_is():
    here = texture(0, (31, 64))
    assert halved(here) is here
    assert flow_at_half(here, here).to_next.shape == (2, 31, 64)


def test_trust_has_no_numbers_that_are_slow_to_compute_with():
    found = flow_at_half(texture(0), texture(1))
    for confidence in (found.confidence_next, found.confidence_previous):
        assert (confidence == 0).any() and confidence[confidence > 0].min() >= 1e-4


def test_unrelated_frames_are_not_trusted():
    found = estimate_flow(texture(0), texture(1))
    assert found.confidence_next.mean() < 0.4


def test_flicker_of_the_whole_frame_is_trusted():
    here = texture(0)
    assert estimate_flow(here, here * 0.9 + 4).confidence_next.mean() > 0.85


def test_a_new_picture_is_a_cut_and_motion_or_flicker_is_not():
    one, other = texture(0, blur=12), texture(1, blur=12)
    assert is_cut(thumbnail(one), thumbnail(other))
    assert not is_cut(thumbnail(one), thumbnail(np.roll(one, 4, 1)))
    assert not is_cut(thumbnail(one), thumbnail(one * 0.5 + 20))
    black = np.zeros_like(one)
    assert is_cut(thumbnail(one), thumbnail(black))
    assert not is_cut(thumbnail(black), thumbnail(black))


def changed(frame: np.ndarray, likeness: float, seed: int = 1) -> np.ndarray:
    """A frame mixed with another picture until it is no more like itself than that."""
    other = texture(seed, blur=12)
    for share in np.linspace(1, 0, 400):
        mixed = np.float32(share) * frame + np.float32(1 - share) * other
        if float((thumbnail(frame) * thumbnail(mixed)).mean()) < likeness:
            return mixed
    raise AssertionError("the pictures are too alike")


def test_after_still_frames_less_of_a_change_is_a_cut():
    """Two shots of one desert may be alike; a fast pan is as unlike, but not at once."""
    first = texture(0, blur=12)
    other = changed(first, 0.6)
    assert shot_starts([first, first, other, other]) == [0, 2]
    assert shot_starts([first, first, changed(first, 0.7)]) == [0]
    panned = changed(first, 0.9)
    assert shot_starts([first, panned, changed(panned, 0.6, seed=2)]) == [0]


def moving_film(frames: int, noise: float) -> tuple[list[ColoredFrame], list[np.ndarray]]:
    """A panning texture whose true ab moves with it, and a noisy guess at that ab."""
    rng = np.random.default_rng(0)
    scene, color = texture(0), (texture(1) - 50)
    items, true = [], []
    for i in range(frames):
        lightness = np.roll(scene, 2 * i, 1)
        ab = np.roll(np.dstack([color, -color]) * 0.6, 2 * i, 1).astype(np.float32)
        true.append(ab)
        guess = ab + rng.normal(0, noise, (1, 1, 2)).astype(np.float32)
        items.append(ColoredFrame(i, lightness, None, guess))
    return items, true


def test_smoothing_steadies_a_moving_scene_and_keeps_its_color():
    items, true = moving_film(12, noise=4)
    inner = (slice(16, -16), slice(32, -32))

    def error(seen):
        return np.mean([np.abs(t.ab - ab)[inner].mean() for t, ab in zip(seen, true, strict=True)])

    smooth = list(smooth_temporally(with_flow(items), 3, 1.0))
    assert [t.index for t in smooth] == list(range(12))
    assert error(smooth) < 0.6 * error(items)
    kept = np.mean([np.linalg.norm(t.ab, axis=2)[inner].mean() for t in smooth])
    assert kept > 0.95 * np.mean([np.linalg.norm(ab, axis=2)[inner].mean() for ab in true])


def test_strength_is_between_nothing_and_all():
    items, _ = moving_film(5, noise=4)
    plain = list(smooth_temporally(with_flow(items), 2, 0.0))
    assert all(a is b for a, b in zip(plain, items, strict=True))
    half, full = (list(smooth_temporally(with_flow(items), 2, s)) for s in (0.5, 1.0))
    moved = [np.abs(s[2].ab - items[2].ab).mean() for s in (half, full)]
    assert 0 < moved[0] < moved[1]


def test_smoothing_leaves_detail_finer_than_the_motion():
    """A still scene whose colour is the same in all frames stays as it is, to the pixel."""
    rng = np.random.default_rng(2)
    ab = rng.normal(0, 20, (96, 128, 2)).astype(np.float32)
    items = [ColoredFrame(i, texture(0), None, ab) for i in range(5)]
    for item in smooth_temporally(with_flow(items), 3, 1.0):
        np.testing.assert_allclose(item.ab, ab, atol=0.02)
