"""Motion-compensated temporal smoothing of ab, within shots and over a finite window.

A frame's ab is averaged with its neighbours' ab, warped to where this frame's pixels are and
weighted by the confidence of the flow. Doing so `window` times over gives a two-sided filter that
reaches `window` frames and no further: a segment with that much context on either side can be
computed alone, with the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import cv2
import numpy as np

from kinemacolor.engine.motion.frames import ColoredFrame
from kinemacolor.engine.motion.optical_flow import BidirectionalFlow, warp_ab

F = TypeVar("F")


@dataclass(frozen=True)
class _Neighbor:
    """The frame before or after another, as that one sees it.

    Args:
        positions: (2, h, w) float32: where the other's pixels lie in this one.
        weight: (h, w, 2) float32.
    """

    positions: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class _Neighborhood(Generic[F]):
    """A frame and the weights of its neighbours within the shot; all weights add up to 1.

    Args:
        frame: with its ab so far.
        own_weight: (h, w, 2) float32; None where it has no neighbours.
        previous, next: None where the shot begins or ends.
    """

    frame: ColoredFrame[F]
    own_weight: np.ndarray | None
    previous: _Neighbor | None
    next: _Neighbor | None


def smooth_temporally(
    with_flow: Iterable[tuple[ColoredFrame[F], BidirectionalFlow | None]],
    window: int,
    strength: float,
) -> Iterator[ColoredFrame[F]]:
    """Frames with their ab smoothed over `window` frames on either side.

    Args:
        with_flow: frames in order of presentation, with the flow to the next one of the shot.
        window: frames on either side; 0 changes nothing.
        strength: weight of a neighbour whose flow is certain, against the frame's own 1.
    """
    if window == 0 or strength == 0:
        for frame, _ in with_flow:
            yield frame
        return
    neighborhoods: Iterable[_Neighborhood[F]] = _with_neighbors(with_flow, strength)
    for _ in range(window):
        neighborhoods = _smooth_once(neighborhoods)
    for neighborhood in neighborhoods:
        yield neighborhood.frame


def _with_neighbors(
    with_flow: Iterable[tuple[ColoredFrame[F], BidirectionalFlow | None]], strength: float
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
            yield _Neighborhood(frame, None, None, None)
        else:
            total = np.ones_like(frame.lightness)
            for _, confidence in present:
                total += confidence
            own = np.reciprocal(total)
            yield _Neighborhood(
                frame,
                cv2.merge([own, own]),
                *(
                    None if side is None else _Neighbor(side[0], cv2.merge([side[1] * own] * 2))
                    for side in sides
                ),
            )
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
    if item.own_weight is None:
        return item
    ab = item.frame.ab * item.own_weight
    for neighbor, other in ((item.previous, before), (item.next, after)):
        if neighbor is not None and other is not None:
            ab += warp_ab(other.frame.ab, neighbor.positions) * neighbor.weight
    return replace(item, frame=replace(item.frame, ab=ab))
