"""Where each pixel goes from one frame to the next, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import local

import cv2
import numpy as np

_LOOP = 1.5  # working-size pixels: how far there-and-back may miss before trust fades
_RESIDUAL = 12.0  # L*: how much a moved pixel may differ before trust fades


@dataclass(frozen=True)
class BidirectionalFlow:
    """The motion between a frame and the next.

    Attributes:
        to_next, to_previous: (2, h, w) float32: columns and rows at which the pixels of this frame
            lie in the next one, and those of the next one in this.
        trust_next, trust_previous: (h, w) float32 in 0..1, how much each is to be believed.
    """

    to_next: np.ndarray
    to_previous: np.ndarray
    trust_next: np.ndarray
    trust_previous: np.ndarray


@lru_cache(maxsize=4)
def identity_grid(height: int, width: int) -> np.ndarray:
    """The positions, as of a `BidirectionalFlow`, that move nothing. Shared: not to be changed."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([x, y])


def warp(plane: np.ndarray, at: np.ndarray) -> np.ndarray:
    """An (h, w) plane sampled bilinearly at the positions `at` of a `BidirectionalFlow`."""
    return cv2.remap(plane, at[0], at[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def warp_ab(ab: np.ndarray, at: np.ndarray) -> np.ndarray:
    """(h, w, 2) ab sampled so; by planes, for which OpenCV takes less than half as long."""
    return cv2.merge([warp(plane, at) for plane in cv2.split(ab)])


def compose_flow(at: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Positions after two steps of motion: where the pixels that lie at `step` lie by `at`."""
    return np.stack([warp(plane, step) for plane in at])


def _confidence(
    flow: np.ndarray, back: np.ndarray, at: np.ndarray, here: np.ndarray, there: np.ndarray
) -> np.ndarray:
    """Forward-backward consistency times similarity of light."""
    x, y = (flow + compose_flow(back, at)) / _LOOP
    residual = _residual(warp(there, at), here)
    # Not by cv2.magnitude: its last digit depends on where in memory the planes lie.
    return cv2.exp(-(x * x + y * y) - residual * residual)


def _residual(moved: np.ndarray, here: np.ndarray) -> np.ndarray:
    residual = moved - here
    # Old film flickers: a change of brightness of the whole frame is not a failure of the flow.
    return cv2.blur(np.abs(residual - np.median(residual[::4, ::4])), (3, 3)) / _RESIDUAL


def photometric_consistency(moved: np.ndarray, here: np.ndarray) -> np.ndarray:
    """(h, w) float32 in 0..1: how much two lightnesses, one moved to where the other is, agree."""
    residual = _residual(moved, here)
    return cv2.exp(-(residual * residual))


class _PerThread(local):
    """Dense inverse search flow (Kroeger et al. 2016); OpenCV's object keeps buffers."""

    def __init__(self) -> None:
        self.flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)


_DIS = _PerThread()


def estimate_flow(here: np.ndarray, there: np.ndarray) -> BidirectionalFlow:
    """The motion from `here` to `there`, both (h, w) float32 L*."""
    codes = [cv2.convertScaleAbs(plane, alpha=2.55) for plane in (here, there)]
    forward = np.stack(cv2.split(_DIS.flow.calc(codes[0], codes[1], None)))  # type: ignore[call-overload]
    backward = np.stack(cv2.split(_DIS.flow.calc(codes[1], codes[0], None)))  # type: ignore[call-overload]
    still = identity_grid(*here.shape)
    to_next, to_previous = still + forward, still + backward
    return BidirectionalFlow(
        to_next,
        to_previous,
        _confidence(forward, backward, to_next, here, there),
        _confidence(backward, forward, to_previous, there, here),
    )
