"""Dense optical flow between neighbouring frames, in both directions, with its confidence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import local

import cv2
import numpy as np

from kinemacolor.engine.color.planes import pixels_of, planes_of

# Working-size pixels: the forward-backward error at which confidence has fallen to 1/e.
_ROUND_TRIP_SCALE = 1.5
# L*: the difference between a warped pixel and its target at which it has fallen to 1/e.
_RESIDUAL_SCALE = 12.0
# Confidence below which there is none: products of such are numbers that are slow to compute with.
_LEAST_CONFIDENCE = 1e-4
_OCTAVES = 2  # below working size, at which the search for motion ends
_LEAST_SIDE = 32  # pixels: shorter sides are not halved; the search fails below 16


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


def warp_planes(planes: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """(c, H, W) float32 planes sampled so, at (2, h, w) positions: (c, h, w)."""
    warped = np.empty((len(planes), *positions.shape[1:]), np.float32)
    for plane, source in zip(warped, planes, strict=True):
        cv2.remap(
            source,
            positions[0],
            positions[1],
            cv2.INTER_LINEAR,
            dst=plane,
            borderMode=cv2.BORDER_REPLICATE,
        )
    return warped


def warp_ab(ab: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """(h, w, 2) float32 ab sampled so."""
    return pixels_of(warp_planes(planes_of(ab), positions))


def halved(lightness: np.ndarray) -> np.ndarray:
    """(h, w) float32 averaged to half the size, at which motion is followed; tiny ones as is."""
    height, width = lightness.shape
    if min(height, width) < _LEAST_SIDE:
        return lightness
    half = (width + 1) // 2, (height + 1) // 2
    return cv2.resize(lightness, half, interpolation=cv2.INTER_AREA)


def enlarged(positions: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Positions among the pixels of small pictures as those among the pixels of large ones.

    Args:
        positions: (2, h, w) float32: columns and rows.
        shape: (rows, columns) of the large pictures.

    Returns:
        (2, rows, columns) float32.
    """
    height, width = positions.shape[1:]
    if (height, width) == shape:
        return positions
    # Motion is enlarged, not positions: beyond the outermost centres these would stand still.
    moved = positions - identity_grid(height, width)
    large = np.empty((2, *shape), np.float32)
    for plane, small, scale in zip(
        large, moved, (shape[1] / width, shape[0] / height), strict=True
    ):
        cv2.resize(small, shape[::-1], dst=plane, interpolation=cv2.INTER_LINEAR)
        plane *= np.float32(scale)
    large += identity_grid(*shape)
    return large


def compose_flow(positions: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The positions reached by `step` and then by `positions`, each (2, h, w)."""
    return warp_planes(positions, step)


def photometric_consistency(warped: np.ndarray, target: np.ndarray) -> np.ndarray:
    """How much a warped lightness agrees with the frame that it is warped to.

    Args:
        warped, target: (h, w) float32 L*.

    Returns:
        (h, w) float32 in 0..1.
    """
    exponent = _residual(warped, target)
    exponent *= exponent
    return _falling(exponent)


def believed(confidence: np.ndarray) -> np.ndarray:
    """(h, w) confidence in 0..1, in place, without what is too small to count."""
    cv2.threshold(confidence, _LEAST_CONFIDENCE, 1, cv2.THRESH_TOZERO, dst=confidence)
    return confidence


def _falling(exponent: np.ndarray) -> np.ndarray:
    """1 at 0, falling to 0."""
    cv2.exp(np.negative(exponent, out=exponent), dst=exponent)
    return believed(exponent)


def _residual(warped: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Their absolute difference over its scale, averaged over 3x3 pixels."""
    difference = warped - target
    # Old film flickers: a change of brightness of the whole frame is not a failure of the flow.
    difference -= np.median(difference[::4, ::4])
    np.abs(difference, out=difference)
    residual: np.ndarray = cv2.blur(difference, (3, 3))
    residual /= np.float32(_RESIDUAL_SCALE)
    return residual


def _confidence(
    flow: np.ndarray,
    reverse_flow: np.ndarray,
    positions: np.ndarray,
    pictures: tuple[np.ndarray, np.ndarray],
    round_trip_scale: float,
) -> np.ndarray:
    """Forward-backward consistency times photometric consistency, (h, w) in 0..1.

    Args:
        flow, reverse_flow: (2, h, w) displacements from a frame to another and back.
        positions: those of `flow`.
        pictures: (h, w) float32 L* of the frame and of the other.
        round_trip_scale: pixels that there and back may miss.
    """
    frame, other = pictures
    missed = compose_flow(reverse_flow, positions)
    missed += flow
    missed /= np.float32(round_trip_scale)
    # Not by cv2.magnitude: its last digit depends on where in memory the planes lie.
    missed *= missed
    residual = _residual(warp(other, positions), frame)
    residual *= residual
    residual += missed[0]
    residual += missed[1]
    return _falling(residual)


class _PerThread(local):
    """DIS, dense inverse search flow (Kroeger et al. 2016); OpenCV's objects keep buffers."""

    def __init__(self) -> None:
        self._flows: dict[tuple[int, int | None], cv2.DISOpticalFlow] = {}

    def flow(self, preset: int, finest: int | None) -> cv2.DISOpticalFlow:
        if (preset, finest) not in self._flows:
            made = cv2.DISOpticalFlow.create(preset)
            if finest is not None:
                made.setFinestScale(finest)
            self._flows[preset, finest] = made
        return self._flows[preset, finest]


_DIS = _PerThread()


def flow_codes(lightness: np.ndarray) -> np.ndarray:
    """(h, w) L* as the uint8 codes that `displacements` compares."""
    return cv2.convertScaleAbs(lightness, alpha=2.55)


def displacements(
    frame: np.ndarray,
    other: np.ndarray,
    preset: int = cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    begin: np.ndarray | None = None,
    finest: int | None = None,
) -> np.ndarray:
    """(2, h, w) float32 columns and rows from the pixels of `frame` to those of `other`.

    Args:
        frame, other: (h, w) by `flow_codes`.
        preset: of OpenCV's: how thorough the search is.
        begin: (2, h, w) float32 displacements that it begins with; None is none.
        finest: how many times the pictures are halved where the search ends; None is the preset's.
    """
    begun = None if begin is None else np.ascontiguousarray(begin.transpose(1, 2, 0))
    # OpenCV's stubs demand a flow to begin with, which DIS does without.
    found = _DIS.flow(preset, finest).calc(frame, other, begun)  # type: ignore[arg-type]
    return np.stack(cv2.split(found))


def estimate_flow(frame: np.ndarray, following: np.ndarray, octave: int = 0) -> BidirectionalFlow:
    """The optical flow between two frames.

    Args:
        frame, following: (h, w) float32 L* each.
        octave: how many times they were halved since their working size, 0 to 2.
    """
    first, second = flow_codes(frame), flow_codes(following)
    finest, scale = _OCTAVES - octave, _ROUND_TRIP_SCALE / 2**octave
    forward = displacements(first, second, finest=finest)
    backward = displacements(second, first, finest=finest)
    grid = identity_grid(*frame.shape)
    to_next, to_previous = grid + forward, grid + backward
    return BidirectionalFlow(
        to_next,
        to_previous,
        _confidence(forward, backward, to_next, (frame, following), scale),
        _confidence(backward, forward, to_previous, (following, frame), scale),
    )


def flow_at_half(frame: np.ndarray, following: np.ndarray) -> BidirectionalFlow:
    """The optical flow between two frames, (h, w) float32 L* each, among pixels of half the size.

    OpenCV's search ends at a quarter of the working size anyway, and enlarges what it found.
    """
    small = halved(frame)
    octave = 0 if small is frame else 1
    return estimate_flow(small, halved(following), octave)
