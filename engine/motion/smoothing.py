"""Steadies ab along the motion, without mixing shots and without looking far.

A frame's ab is averaged with its neighbours' ab, moved to where this frame's pixels are, and
weighted down where the motion is not to be believed. Doing so `window` times over gives a
two-sided filter that reaches `window` frames and no further: a segment with that much context on
either side can be computed alone, with the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from kinemacolor.engine.motion.frames import ColoredFrame
from kinemacolor.engine.motion.optical_flow import BidirectionalFlow, warp_ab


@dataclass(frozen=True)
class _Neighbor:
    """A neighbour as seen from a frame: where its pixels lie, and their (h, w, 2) weights."""

    at: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class _Neighborhood:
    """A frame among its neighbours; the weights of all three add up to 1."""

    toned: ColoredFrame
    own: np.ndarray | None
    before: _Neighbor | None
    after: _Neighbor | None


def _with_neighbors(
    with_flow: Iterable[tuple[ColoredFrame, BidirectionalFlow | None]], strength: float
) -> Iterator[_Neighborhood]:
    """Turns the links between frames into the weights of each frame's neighbours."""
    before: BidirectionalFlow | None = None
    for toned, after in with_flow:
        sides: list[tuple[np.ndarray, np.ndarray] | None] = [
            None if before is None else (before.to_previous, before.trust_previous * strength),
            None if after is None else (after.to_next, after.trust_next * strength),
        ]
        present = [side for side in sides if side is not None]
        if not present:
            yield _Neighborhood(toned, None, None, None)
        else:
            total = np.ones_like(toned.lightness)
            for _, confidence in present:
                total += confidence
            own = np.reciprocal(total)
            yield _Neighborhood(
                toned,
                cv2.merge([own, own]),
                *(
                    None if side is None else _Neighbor(side[0], cv2.merge([side[1] * own] * 2))
                    for side in sides
                ),
            )
        before = after


def _averaged(
    item: _Neighborhood, before: _Neighborhood | None, after: _Neighborhood | None
) -> _Neighborhood:
    """One pass for one frame; neighbours that it is not linked to may be anything."""
    if item.own is None:
        return item
    ab = item.toned.ab * item.own
    for side, other in ((item.before, before), (item.after, after)):
        if side is not None and other is not None:
            ab += warp_ab(other.toned.ab, side.at) * side.weight
    return replace(item, toned=replace(item.toned, ab=ab))


def _pass(items: Iterable[_Neighborhood]) -> Iterator[_Neighborhood]:
    before: _Neighborhood | None = None
    held: _Neighborhood | None = None
    for item in items:
        if held is not None:
            yield _averaged(held, before, item)
        before, held = held, item
    if held is not None:
        yield _averaged(held, before, None)


def smooth_temporally(
    with_flow: Iterable[tuple[ColoredFrame, BidirectionalFlow | None]], window: int, strength: float
) -> Iterator[ColoredFrame]:
    """Frames with their ab smoothed over `window` frames on either side.

    Args:
        with_flow: frames in order of presentation, with the motion to the next one of the shot.
        window: frames on either side; 0 changes nothing.
        strength: weight of a neighbour whose motion is certain, against the frame's own 1.
    """
    if window == 0 or strength == 0:
        for toned, _ in with_flow:
            yield toned
        return
    woven: Iterable[_Neighborhood] = _with_neighbors(with_flow, strength)
    for _ in range(window):
        woven = _pass(woven)
    for item in woven:
        yield item.toned
