"""Temporal consistency metrics of colour films, on arrays; independent of the engine's code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

CDC_GAPS = (1, 2, 4)
_LOOP = 1.0  # pixels that there-and-back may miss where motion counts as known


class Motion(NamedTuple):
    """Where the pixels of one frame lie in another.

    Attributes:
        at: (H, W, 2) float32, x and y in the other frame.
        known: (H, W) bool, where the motion is certain and stays within the picture.
    """

    at: np.ndarray
    known: np.ndarray


def true_motion(here: np.ndarray, there: np.ndarray) -> Motion:
    """The motion from `here` to `there`, (H, W) uint8 luma each.

    Dense inverse search flow (Kroeger et al. 2016) at medium quality, both ways; known where going
    there and back misses by at most a pixel.
    """
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    forward = flow.calc(here, there, None)  # type: ignore[call-overload]
    backward = flow.calc(there, here, None)  # type: ignore[call-overload]
    height, width = here.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    at = np.dstack([x, y]) + forward
    inside = ((at >= 0) & (at <= (width - 1, height - 1))).all(axis=2)
    missed = np.linalg.norm(forward + cv2.remap(backward, at, None, cv2.INTER_LINEAR), axis=2)  # type: ignore[call-overload]
    return Motion(at, inside & (missed <= _LOOP))


def color_change(here: np.ndarray, there: np.ndarray, motion: Motion) -> float:
    """Mean length of the change of ab along the motion, where that is known; nan where nowhere.

    The mean of this over all neighbouring frames is a film's flicker.

    Args:
        here, there: (H, W, 2) float32 a*, b*.
        motion: from `here` to `there`.
    """
    if not motion.known.any():
        return float("nan")
    moved = cv2.remap(there, motion.at, None, cv2.INTER_LINEAR)  # type: ignore[call-overload]
    return float(np.linalg.norm(moved - here, axis=2)[motion.known].mean())


def histograms(rgb: np.ndarray) -> np.ndarray:
    """(3, 256) float64: how often each code of each channel comes up in (H, W, 3) uint8 pixels."""
    counts = [np.bincount(rgb[..., channel].ravel(), minlength=256) for channel in range(3)]
    return np.stack(counts) / rgb[..., 0].size


def divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Jensen-Shannon divergence, natural logarithm, along the last axis of two histograms."""
    middle = (p + q) / 2

    def relative(x: np.ndarray) -> np.ndarray:
        ratio = np.divide(x, middle, out=np.ones_like(x), where=x > 0)
        return (x * np.log(ratio)).sum(axis=-1)

    return (relative(p) + relative(q)) / 2


def cdc(frames: Sequence[np.ndarray]) -> float:
    """Colour distribution consistency of one clip (Liu et al., TCVC, 2021): 0 for a still one.

    The mean over the three channels and over the frame gaps 1, 2 and 4 of the mean divergence of
    the histograms of frames that far apart. Grey films score well: it says nothing of how much
    colour there is.

    Args:
        frames: `histograms` of every frame.

    Raises:
        ValueError: fewer frames than the longest gap needs.
    """
    if len(frames) <= max(CDC_GAPS):
        raise ValueError(f"{len(frames)} frames are too few: CDC needs {max(CDC_GAPS) + 1}")
    stack = np.stack(frames)
    return float(np.mean([divergence(stack[:-gap], stack[gap:]).mean() for gap in CDC_GAPS]))
