"""Motion between frames, shot boundaries, and the smoothing along them."""

import cv2
import numpy as np
import pytest

from kinemacolor.engine.motion.frames import ColoredFrame, with_flow
from kinemacolor.engine.motion.optical_flow import estimate_flow, warp
from kinemacolor.engine.motion.shots import is_cut, thumbnail
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
