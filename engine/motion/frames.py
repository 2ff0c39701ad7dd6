"""Frames as they pass along the motion: with their lightness, with their ab, linked by flow."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import numpy as np

from kinemacolor.engine.motion.optical_flow import BidirectionalFlow, flow_at_half
from kinemacolor.engine.motion.shots import ShotFinder, thumbnail
from kinemacolor.engine.motion.tracks import Track

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
        tracks: to the given frames nearest to it, in order of these.
    """

    index: int
    lightness: np.ndarray
    payload: F_co
    tracks: tuple[Track, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class ColoredFrame(LumaFrame[F_co]):
    """A frame's lightness and colours at the working size.

    Args:
        ab: (h, w, 2) float32.
    """

    ab: np.ndarray


L = TypeVar("L", bound=LumaFrame[object])


def with_flow(
    frames: Iterable[L], in_order: OrderedMap = map, starts: Container[int] | None = None
) -> Iterator[tuple[L, BidirectionalFlow | None]]:
    """Frames with the optical flow, at half size, to the next one; None after the last of a shot.

    Args:
        frames: in order of presentation.
        in_order: `map`, or one that works ahead on several cores.
        starts: numbers of the frames that begin a shot; None looks for the cuts.
    """

    def estimate(pair: tuple[L, L | None]) -> tuple[L, BidirectionalFlow | None]:
        frame, following = pair
        if following is None:
            return frame, None
        return frame, flow_at_half(frame.lightness, following.lightness)

    found = _with_cuts(frames) if starts is None else ((f, f.index in starts) for f in frames)
    yield from in_order(estimate, _with_next(found))


def _with_cuts(frames: Iterable[L]) -> Iterator[tuple[L, bool]]:
    """Every frame, and whether it looks like the first of a shot."""
    finder = ShotFinder()
    for frame in frames:
        yield frame, finder.begins_shot(thumbnail(frame.lightness))


def _with_next(frames: Iterable[tuple[L, bool]]) -> Iterator[tuple[L, L | None]]:
    """Every frame with the next one of its shot, or None; given with whether it begins one."""
    previous: L | None = None
    for frame, begins_shot in frames:
        if previous is not None:
            yield previous, None if begins_shot else frame
        previous = frame
    if previous is not None:
        yield previous, None
