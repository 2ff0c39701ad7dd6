"""Dense optical flow between neighbouring frames, in both directions, with its confidence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import local

import cv2
import numpy as np

# Working-size pixels: the forward-backward error at which confidence has fallen to 1/e.
_ROUND_TRIP_SCALE = 1.5
# L*: the difference between a warped pixel and its target at which it has fallen to 1/e.
_RESIDUAL_SCALE = 12.0


@dataclass(frozen=True)
class BidirectionalFlow:
    """The optical flow between a frame and the next, as absolute positions.

    Attributes:
        to_next, to_previous: (2, h, w) float32: columns and rows at which the pixels of this frame
            lie in the next one, and those of the next one in this.
        confidence_next, confidence_previous: (h, w) float32 in 0..1, that of each: forward-backward
            consistency times photometric consistency.
    """

    to_next: np.ndarray
    to_previous: np.ndarray
    confidence_next: np.ndarray
    confidence_previous: np.ndarray


@lru_cache(maxsize=4)
def identity_grid(height: int, width: int) -> np.ndarray:
    """(2, h, w) float32 positions that move nothing. Shared: not to be changed."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([x, y])


def warp(plane: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """An (h, w) plane sampled bilinearly at (2, h, w) positions; its border is replicated."""
    return cv2.remap(
        plane, positions[0], positions[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def warp_ab(ab: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """(h, w, 2) ab sampled so; by planes, for which OpenCV takes less than half as long."""
    return cv2.merge([warp(plane, positions) for plane in cv2.split(ab)])


def compose_flow(positions: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The positions reached by `step` and then by `positions`, each (2, h, w)."""
    return np.stack([warp(plane, step) for plane in positions])


def photometric_consistency(warped: np.ndarray, target: np.ndarray) -> np.ndarray:
    """How much a warped lightness agrees with the frame that it is warped to.

    Args:
        warped, target: (h, w) float32 L*.

    Returns:
        (h, w) float32 in 0..1.
    """
    residual = _residual(warped, target)
    consistency: np.ndarray = cv2.exp(-(residual * residual))
    return consistency


def _residual(warped: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Their absolute difference over its scale, averaged over 3x3 pixels."""
    difference = warped - target
    # Old film flickers: a change of brightness of the whole frame is not a failure of the flow.
    steady = np.abs(difference - np.median(difference[::4, ::4]))
    residual: np.ndarray = cv2.blur(steady, (3, 3)) / _RESIDUAL_SCALE
    return residual


def _confidence(
    flow: np.ndarray,
    reverse_flow: np.ndarray,
    positions: np.ndarray,
    frame: np.ndarray,
    other: np.ndarray,
) -> np.ndarray:
    """Forward-backward consistency times photometric consistency, (h, w) in 0..1.

    Args:
        flow, reverse_flow: (2, h, w) displacements from `frame` to `other` and back.
        positions: those of `flow`.
        frame, other: (h, w) float32 L*.
    """
    x, y = (flow + compose_flow(reverse_flow, positions)) / _ROUND_TRIP_SCALE
    residual = _residual(warp(other, positions), frame)
    # Not by cv2.magnitude: its last digit depends on where in memory the planes lie.
    confidence: np.ndarray = cv2.exp(-(x * x + y * y) - residual * residual)
    return confidence


class _PerThread(local):
    """DIS, dense inverse search flow (Kroeger et al. 2016); OpenCV's object keeps buffers."""

    def __init__(self) -> None:
        self.flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)


_DIS = _PerThread()


def estimate_flow(frame: np.ndarray, following: np.ndarray) -> BidirectionalFlow:
    """The optical flow between two frames, (h, w) float32 L* each."""
    first, second = (cv2.convertScaleAbs(plane, alpha=2.55) for plane in (frame, following))
    forward, backward = _displacements(first, second), _displacements(second, first)
    grid = identity_grid(*frame.shape)
    to_next, to_previous = grid + forward, grid + backward
    return BidirectionalFlow(
        to_next,
        to_previous,
        _confidence(forward, backward, to_next, frame, following),
        _confidence(backward, forward, to_previous, following, frame),
    )


def _displacements(frame: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(2, h, w) float32 columns and rows from the pixels of `frame` to those of `other`."""
    # OpenCV's stubs demand a flow to begin with, which DIS does without.
    return np.stack(cv2.split(_DIS.flow.calc(frame, other, None)))  # type: ignore[call-overload]
