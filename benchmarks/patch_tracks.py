"""Patches followed through a shot on its luma; independent of the engine's motion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

_STEP = 12  # pixels between patches
_PATCH = 15  # pixels along a patch's side
_LOOP = 0.7  # pixels that there-and-back may miss from a frame to the next
_RESEMBLES = 0.7  # correlation with its first self that a patch keeps
_FLAT = 3.0  # deviation of codes below which a patch has nothing to correlate
_CHECKED = 6  # frames from a check of resemblance to the next


def follow(lumas: Sequence[np.ndarray], start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
    """Where patches of frame `start` are there and in frame `stop`.

    Pyramidal Lucas and Kanade from frame to frame.

    Args:
        lumas: (h, w) uint8 of all frames.

    Returns:
        Two (n, 2) float32 of x and y: only patches that are followed all the way.
    """
    height, width = lumas[start].shape
    y, x = np.mgrid[_STEP : height - _STEP : _STEP, _STEP : width - _STEP : _STEP]
    first = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)
    kept = np.arange(len(first))
    at = first.copy()
    looks = [_patch(lumas[start], place) for place in first]
    for number in range(start + 1, stop + 1):
        if not len(kept):
            break
        moved, good = _step(lumas[number - 1], lumas[number], at)
        if (number - start) % _CHECKED == 0 or number == stop:
            for place in np.flatnonzero(good):
                look = _patch(lumas[number], moved[place])
                good[place] = _resembles(looks[kept[place]], look)
        kept, at = kept[good], moved[good]
    return first[kept], at


def _step(here: np.ndarray, there: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions in the next frame, and which of them are certain and inside."""
    window: dict[str, Any] = {"winSize": (21, 21), "maxLevel": 3, "minEigThreshold": 1e-3}
    moved, found, _ = cv2.calcOpticalFlowPyrLK(here, there, at, None, **window)  # type: ignore[call-overload]
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(there, here, moved, None, **window)  # type: ignore[call-overload]
    edge = _PATCH // 2
    limits = np.array([here.shape[1], here.shape[0]]) - edge
    good = (found[:, 0] > 0) & (found_back[:, 0] > 0)
    good &= np.linalg.norm(back - at, axis=1) <= _LOOP
    good &= (moved >= edge).all(axis=1) & (moved < limits).all(axis=1)
    return moved, good


def _patch(luma: np.ndarray, place: np.ndarray) -> np.ndarray:
    cut = cv2.getRectSubPix(luma, (_PATCH, _PATCH), (float(place[0]), float(place[1])))
    return cut.astype(np.float32)


def _resembles(first: np.ndarray, now: np.ndarray) -> bool:
    if first.std() < _FLAT:
        return bool(now.std() < 2 * _FLAT)
    one, other = first - first.mean(), now - now.mean()
    return bool((one * other).mean() >= _RESEMBLES * first.std() * max(now.std(), 1e-3))
