"""Motion-compensated temporal smoothing of ab, within shots and over a finite window.

A frame's ab is averaged with its neighbours' ab, warped to where this frame's pixels are and
weighted by the confidence of the flow. Doing so `window` times over gives a two-sided filter that
reaches `window` frames and no further: a segment with that much context on either side can be
computed alone, with the same result.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import cv2
import numpy as np

from kinemacolor.engine.color.planes import pixels_of, planes_of, resize_planes
from kinemacolor.engine.motion.frames import ColoredFrame
from kinemacolor.engine.motion.optical_flow import BidirectionalFlow, warp_planes

F = TypeVar("F")


@dataclass(frozen=True)
class _Neighbor:
    """The frame before or after another, as that one sees it.

    Args:
        positions: (2, h, w) float32: where the other's pixels lie in this one.
        weight: (h, w) float32.
    """

    positions: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class _Neighborhood(Generic[F]):
    """A frame and the weights of its neighbours within the shot; all weights add up to 1.

    Args:
        frame: as it came.
        unsmoothed: (2, h, w) float32: its ab as it came, at the size of the motion; None, as `ab`
            and `own_weight`, where it stays as it is and nobody takes from it.
        ab: the same, as it is so far.
        own_weight: (h, w) float32; None where it stays as it is: it has no neighbours, or was
            given.
        previous, next: None where the shot begins or ends.
    """

    frame: ColoredFrame[F]
    unsmoothed: np.ndarray | None
    ab: np.ndarray | None
    own_weight: np.ndarray | None
    previous: _Neighbor | None
    next: _Neighbor | None


def smooth_temporally(
    with_flow: Iterable[tuple[ColoredFrame[F], BidirectionalFlow | None]],
    window: int,
    strength: float,
    given: Container[int] = (),
) -> Iterator[ColoredFrame[F]]:
    """Frames with their ab smoothed over `window` frames on either side.

    Args:
        with_flow: frames in order of presentation, with the flow to the next one of the shot.
        window: frames on either side; 0 changes nothing.
        strength: weight of a neighbour whose flow is certain, against the frame's own 1.
        given: numbers of frames whose colours were given; their neighbours take from them, and
            they from none.
    """
    if window == 0 or strength == 0:
        for frame, _ in with_flow:
            yield frame
        return
    neighborhoods: Iterable[_Neighborhood[F]] = _with_neighbors(with_flow, strength, given)
    for _ in range(window):
        neighborhoods = _smooth_once(neighborhoods)
    for neighborhood in neighborhoods:
        yield _smoothed(neighborhood)


def _with_neighbors(
    with_flow: Iterable[tuple[ColoredFrame[F], BidirectionalFlow | None]],
    strength: float,
    given: Container[int],
) -> Iterator[_Neighborhood[F]]:
    """Turn the flow between frames into the weights of each frame's neighbours."""
    before: BidirectionalFlow | None = None
    for frame, after in with_flow:
        # Positions in the previous and in the next frame, and their (h, w) confidences.
        sides: list[tuple[np.ndarray, np.ndarray] | None] = [
            None if before is None else (before.to_previous, before.confidence_previous * strength),
            None if after is None else (after.to_next, after.confidence_next * strength),
        ]
        present = [side for side in sides if side is not None]
        if not present:
            yield _Neighborhood(frame, None, None, None, None, None)
            before = after
            continue
        own = np.ones_like(present[0][1])
        for _, confidence in present:
            own += confidence
        np.reciprocal(own, out=own)
        ab = resize_planes(planes_of(frame.ab), own.shape)
        if frame.index in given:
            yield _Neighborhood(frame, ab, ab, None, None, None)
        else:
            neighbors = (
                None if side is None else _Neighbor(side[0], side[1] * own) for side in sides
            )
            yield _Neighborhood(frame, ab, ab, own, *neighbors)
        before = after


def _smooth_once(items: Iterable[_Neighborhood[F]]) -> Iterator[_Neighborhood[F]]:
    """One pass of the filter, which reaches one frame further to either side."""
    before: _Neighborhood[F] | None = None
    current: _Neighborhood[F] | None = None
    for item in items:
        if current is not None:
            yield _average(current, before, item)
        before, current = current, item
    if current is not None:
        yield _average(current, before, None)


def _average(
    item: _Neighborhood[F], before: _Neighborhood[F] | None, after: _Neighborhood[F] | None
) -> _Neighborhood[F]:
    """One pass for one frame; `before` and `after` may be of other shots, and then do not count."""
    if item.ab is None or item.own_weight is None:
        return item
    ab = item.ab * item.own_weight
    for neighbor, other in ((item.previous, before), (item.next, after)):
        if neighbor is not None and other is not None and other.ab is not None:
            taken = warp_planes(other.ab, neighbor.positions)
            taken *= neighbor.weight
            ab += taken
    return replace(item, ab=ab)


def _smoothed(item: _Neighborhood[F]) -> ColoredFrame[F]:
    """The frame with what smoothing changed, which is as coarse as the motion; detail stays."""
    if item.ab is None or item.unsmoothed is None or item.own_weight is None:
        return item.frame
    ab = planes_of(item.frame.ab)
    height, width = ab.shape[1:]
    smoothed = np.empty_like(ab)
    for plane, change in zip(smoothed, item.ab - item.unsmoothed, strict=True):
        cv2.resize(change, (width, height), dst=plane, interpolation=cv2.INTER_LINEAR)
    smoothed += ab
    return replace(item.frame, ab=pixels_of(smoothed))
