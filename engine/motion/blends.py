"""Blends: how the frames between two keys get their colours from both, and where that fails.

The flow is composed from every frame to both keys. A stretch with a frame that neither key leads to
well is halved at a new key, and so on; the paths to the outer keys are composed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from kinemacolor.engine.color.planes import pixels_of, planes_of
from kinemacolor.engine.motion.frames import LumaFrame
from kinemacolor.engine.motion.optical_flow import (
    BidirectionalFlow,
    believed,
    compose_flow,
    enlarged,
    halved,
    identity_grid,
    photometric_consistency,
    warp,
    warp_planes,
)

# Share of a frame's pixels that no key leads to, beyond which the stretch is halved.
_MAX_UNTRUSTED = 0.5
# Added to every confidence: where no key leads, the nearer one counts for more.
_MIN_CONFIDENCE = 0.01

FrameWithFlow = tuple[LumaFrame[object], BidirectionalFlow | None]


@dataclass(frozen=True)
class _FlowPath:
    """The flow from a frame to a key, composed step by step, among pixels of half the size.

    Args:
        positions: (2, h, w) float32: columns and rows of the frame's pixels in the key.
        confidence: (h, w) float32 in 0..1.
    """

    positions: np.ndarray
    confidence: np.ndarray


class _Paths:
    """The paths to a key from the frames on one side of it: composed where they are asked for.

    Args:
        frames: from a key to the next.
        key: the place that they lead to.
        places: of the frames, which lead away from it.
    """

    def __init__(self, frames: Sequence[FrameWithFlow], key: int, places: range) -> None:
        self._further = _flow_paths(frames, key, places)
        self._composed: dict[int, _FlowPath] = {}

    def __getitem__(self, place: int) -> _FlowPath:
        while place not in self._composed:
            self._composed.update([next(self._further)])
        return self._composed[place]


@dataclass(frozen=True)
class Blend:
    """How a frame's ab is blended from two keys.

    Args:
        keys: places of the keys in their interval.
        positions: (2, h, w) float32 each: where the frame's pixels lie in both.
        share: (h, w) float32 in 0..1: weight of the first key, the second's is the rest.
    """

    keys: tuple[int, int]
    positions: tuple[np.ndarray, np.ndarray]
    share: np.ndarray


def decide_blends(frames: Sequence[FrameWithFlow]) -> dict[int, Blend]:
    """Decide which frames between two keys are blended; the others are keys as well.

    Args:
        frames: from a key to the next, both included, each with the flow to the next.

    Returns:
        By place in `frames`.
    """
    blends: dict[int, Blend] = {}

    def decide(first: int, last: int, before: _Paths, after: _Paths) -> None:
        """Given the paths to both keys from the frames between; halving leaves them as they are."""
        found = _blends_between(first, last, before, after)
        if found is not None:
            blends.update(found)
            return
        middle = (first + last) // 2
        decide(first, middle, before, _Paths(frames, middle, range(middle - 1, first, -1)))
        decide(middle, last, _Paths(frames, middle, range(middle + 1, last)), after)

    last = len(frames) - 1
    decide(0, last, _Paths(frames, 0, range(1, last)), _Paths(frames, last, range(last - 1, 0, -1)))
    return blends


def _blends_between(
    first: int, last: int, before: _Paths, after: _Paths
) -> dict[int, Blend] | None:
    """How the frames between two keys are blended; None where one of them cannot be."""
    blends = {}
    # The middle is farthest from both: if there is a frame that cannot be, it is mostly there.
    for place in sorted(range(first + 1, last), key=lambda place: abs(2 * place - first - last)):
        there, onward = before[place], after[place]
        if 1 - np.maximum(there.confidence, onward.confidence).mean() > _MAX_UNTRUSTED:
            return None
        nearness = (last - place) / (last - first)
        weight = (there.confidence + _MIN_CONFIDENCE) * nearness
        other = (onward.confidence + _MIN_CONFIDENCE) * (1 - nearness)
        other += weight
        weight /= other
        blends[place] = Blend((first, last), (there.positions, onward.positions), weight)
    return blends


def _flow_paths(
    frames: Sequence[FrameWithFlow], key: int, places: Iterable[int]
) -> Iterator[tuple[int, _FlowPath]]:
    """The flow from each of some frames to a key; `places` lead away from it, one by one."""
    lightness = halved(frames[key][0].lightness)
    positions, confidence = identity_grid(*lightness.shape), np.ones_like(lightness)
    for place in places:
        flow = frames[place if place < key else place - 1][1]
        assert flow is not None
        if place < key:
            step, step_confidence = flow.to_next, flow.confidence_next
        else:
            step, step_confidence = flow.to_previous, flow.confidence_previous
        positions = compose_flow(positions, step)
        confidence = warp(confidence, step)
        confidence *= step_confidence
        confidence = believed(confidence)
        # Each step may look right and the end still be off.
        consistency = photometric_consistency(
            warp(lightness, positions), halved(frames[place][0].lightness)
        )
        consistency *= confidence
        yield place, _FlowPath(positions, believed(consistency))


def blended(ab: tuple[np.ndarray, ...], blend: Blend) -> np.ndarray:
    """A frame's (h, w, 2) float32 ab from those of its two keys, `blend.keys` in order."""
    height, width = ab[0].shape[:2]
    share = cv2.resize(blend.share, (width, height), interpolation=cv2.INTER_LINEAR)
    first, last = (
        warp_planes(planes_of(colors), enlarged(positions, (height, width)))
        for colors, positions in zip(ab, blend.positions, strict=True)
    )
    first -= last
    first *= share
    first += last
    return pixels_of(first)
