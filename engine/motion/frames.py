"""Joins every frame to the next one of its shot by the motion between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from kinemacolor.engine.motion.optical_flow import BidirectionalFlow, estimate_flow
from kinemacolor.engine.motion.shots import is_cut, thumbnail

OrderedMap = Callable[[Callable[..., Any], Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True)
class LumaFrame:
    """A frame with its light.

    Attributes:
        frame: what it belongs to; carried along.
        lightness: (h, w) float32 L* at the working size.
    """

    frame: Any
    lightness: np.ndarray


@dataclass(frozen=True)
class ColoredFrame(LumaFrame):
    """A frame with its colours.

    Attributes:
        ab: (h, w, 2) float32.
    """

    ab: np.ndarray


L = TypeVar("L", bound=LumaFrame)


def with_flow(
    items: Iterable[L], in_order: OrderedMap = map
) -> Iterator[tuple[L, BidirectionalFlow | None]]:
    """Frames with the motion to the next one; None after the last of a shot.

    Args:
        items: in order of presentation.
        in_order: `map`, or one that works ahead on several cores.
    """
    yield from in_order(_linked, _ends(items))


def _ends(items: Iterable[L]) -> Iterator[tuple[L, L | None]]:
    """Every frame with the next one of its shot, or None."""
    held: L | None = None
    held_thumbnail = np.empty(0)
    for item in items:
        small = thumbnail(item.lightness)
        if held is not None:
            yield held, None if is_cut(held_thumbnail, small) else item
        held, held_thumbnail = item, small
    if held is not None:
        yield held, None


def _linked(pair: tuple[L, L | None]) -> tuple[L, BidirectionalFlow | None]:
    here, there = pair
    return here, None if there is None else estimate_flow(here.lightness, there.lightness)
