"""Frames as they pass along the motion: with their lightness, with their ab, linked by flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from kinemacolor.engine.motion.optical_flow import BidirectionalFlow, estimate_flow
from kinemacolor.engine.motion.shots import is_cut, thumbnail

T = TypeVar("T")
R = TypeVar("R")
F_co = TypeVar("F_co", covariant=True)


class OrderedMap(Protocol):
    """`map`, or a function like it that works ahead on several cores and keeps the order."""

    def __call__(self, function: Callable[[T], R], items: Iterable[T], /) -> Iterable[R]: ...


@dataclass(frozen=True)
class LumaFrame(Generic[F_co]):
    """A frame's lightness at the working size.

    Args:
        index: the frame's number in its film.
        lightness: (h, w) float32 L*.
        payload: what the caller wants back with the frame's colours; never looked at.
    """

    index: int
    lightness: np.ndarray
    payload: F_co


@dataclass(frozen=True)
class ColoredFrame(LumaFrame[F_co]):
    """A frame's lightness and colours at the working size.

    Args:
        ab: (h, w, 2) float32.
    """

    ab: np.ndarray


L = TypeVar("L", bound=LumaFrame[object])


def with_flow(
    frames: Iterable[L], in_order: OrderedMap = map
) -> Iterator[tuple[L, BidirectionalFlow | None]]:
    """Frames with the optical flow to the next one; None after the last of a shot.

    Args:
        frames: in order of presentation.
        in_order: `map`, or one that works ahead on several cores.
    """

    def estimate(pair: tuple[L, L | None]) -> tuple[L, BidirectionalFlow | None]:
        frame, following = pair
        if following is None:
            return frame, None
        return frame, estimate_flow(frame.lightness, following.lightness)

    yield from in_order(estimate, _with_next(frames))


def _with_next(frames: Iterable[L]) -> Iterator[tuple[L, L | None]]:
    """Every frame with the next one of its shot, or None."""
    previous: L | None = None
    previous_thumbnail = np.empty(0)
    for frame in frames:
        frame_thumbnail = thumbnail(frame.lightness)
        if previous is not None:
            yield previous, None if is_cut(previous_thumbnail, frame_thumbnail) else frame
        previous, previous_thumbnail = frame, frame_thumbnail
    if previous is not None:
        yield previous, None
