"""Steadies ab along the motion, without mixing shots and without looking far.

A frame's ab is averaged with its neighbours' ab, moved to where this frame's pixels are, and
weighted down where the motion is not to be believed. Doing so `window` times over gives a
two-sided filter that reaches `window` frames and no further: a segment with that much context on
either side can be computed alone, with the same result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.motion import Link, MotionEstimator, warp
from engine.shots import is_cut, thumbnail


@dataclass(frozen=True)
class Toned:
    """A frame on its way through the smoothing.

    Attributes:
        frame: what it belongs to; carried along.
        lightness: (h, w) float32 L* at the working size.
        ab: (h, w, 2) float32.
        link: motion to the next frame; None at the end of a shot.
    """

    frame: Any
    lightness: np.ndarray
    ab: np.ndarray
    link: Link | None = None


def linked(items: Iterable[Toned]) -> Iterator[Toned]:
    """Adds to each frame its motion to the next one, or none where a shot ends."""
    motion = MotionEstimator()
    held: Toned | None = None
    held_thumbnail = np.empty(0)
    for item in items:
        small = thumbnail(item.lightness)
        if held is not None:
            cut = is_cut(held_thumbnail, small)
            link = None if cut else motion.link(held.lightness, item.lightness)
            yield replace(held, link=link)
        held, held_thumbnail = item, small
    if held is not None:
        yield held


def _mixed(item: Toned, before: Toned | None, after: Toned | None, strength: float) -> np.ndarray:
    """ab of `item`, averaged with those neighbours that are linked to it."""
    total, weight = item.ab, np.float32(1.0)
    sides = []
    if before is not None and before.link is not None:
        sides.append((before.ab, before.link.to_previous, before.link.trust_previous))
    if after is not None and item.link is not None:
        sides.append((after.ab, item.link.to_next, item.link.trust_next))
    for ab, at, trust in sides:
        share = trust * np.float32(strength)
        total = total + warp(ab, at) * share[..., None]
        weight = weight + share
    return total if not sides else total / weight[..., None]


def _averaged_once(items: Iterable[Toned], strength: float) -> Iterator[Toned]:
    before: Toned | None = None
    held: Toned | None = None
    for item in items:
        if held is not None:
            yield replace(held, ab=_mixed(held, before, item, strength))
        before, held = held, item
    if held is not None:
        yield replace(held, ab=_mixed(held, before, None, strength))


def steadied(items: Iterable[Toned], window: int, strength: float) -> Iterator[Toned]:
    """Frames with their ab smoothed over `window` frames on either side.

    Args:
        items: in order of presentation.
        window: frames on either side; 0 changes nothing.
        strength: weight of a neighbour whose motion is certain, against the frame's own 1.
    """
    if window == 0 or strength == 0:
        yield from items
        return
    chain = linked(items)
    for _ in range(window):
        chain = _averaged_once(chain, strength)
    yield from chain
