"""Key-frame propagation: the network colours key frames, optical flow the frames between them.

Keys are the frames whose number is a multiple of `every`, those whose colours were given, and the
first and last of every shot; near a given frame more.
The frames between two neighbouring keys are a key interval: they get the ab of both keys, warped to
where their pixels are, each weighted by how near the key is and by the confidence of the flow
composed on the way to it. An interval with a frame that neither key leads to well is halved at a
new key, and so on. All that is decided about an interval depends on its own frames: a segment that
begins and ends at keys is coloured as within the whole film.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Generic, TypeVar

import numpy as np

from kinemacolor.engine.motion.blends import Blend, blended, decide_blends
from kinemacolor.engine.motion.frames import ColoredFrame, LumaFrame, OrderedMap
from kinemacolor.engine.motion.optical_flow import BidirectionalFlow

# Frames in memory for each picture that a call of the network should bring.
_FRAMES_A_PICTURE = 6
# Frames between keys, at most, where a given frame is in reach: a key takes colours from it by its
# own track and likeness, which is worth more than what motion brings from a key far off.
_GUIDED_EVERY = 3

F = TypeVar("F")
Color = Callable[[Sequence[LumaFrame[F]]], list[np.ndarray]]
FrameWithFlow = tuple[LumaFrame[F], BidirectionalFlow | None]


@dataclass
class _KeyInterval(Generic[F]):
    """The frames from a key to the next, both included.

    Args:
        frames: each with the flow to the next.
        ends_shot: the last frame is this interval's to give; else it is the next one's first.
        blends: of the frames, by their place in the interval, that are not keys.
        ab: of the keys that are this interval's to give, by their place.
    """

    frames: list[FrameWithFlow[F]]
    ends_shot: bool
    blends: dict[int, Blend] = field(default_factory=dict)
    ab: dict[int, np.ndarray] = field(default_factory=dict)

    @property
    def own(self) -> range:
        """Places of the frames that this interval gives."""
        return range(len(self.frames) - (not self.ends_shot))

    @property
    def keys(self) -> list[int]:
        """Places of the frames that need the network, once the blends are known."""
        return [place for place in self.own if place not in self.blends]


@dataclass(frozen=True)
class _Uncolored(Generic[F]):
    """A frame before it gets its ab.

    Args:
        frame, flow: as they came.
        blend: None where the frame is a key.
        ab: (h, w, 2) float32: of the two keys, or of the frame alone.
    """

    frame: LumaFrame[F]
    flow: BidirectionalFlow | None
    blend: Blend | None
    ab: tuple[np.ndarray, ...]


def propagate_colors(
    with_flow: Iterable[FrameWithFlow[F]],
    every: int,
    color: Color[F],
    batch: int,
    in_order: OrderedMap = map,
    given: Container[int] = (),
) -> Iterator[tuple[ColoredFrame[F], BidirectionalFlow | None]]:
    """Frames with their ab, and the flow as it came.

    Args:
        with_flow: frames in order of presentation, from the first of a shot, a multiple of
            `every` or a given frame on.
        every: frames from a key to the next, at most; 1 gives every frame to the network.
        color: the network, for several frames at once: (h, w, 2) float32 ab each.
        batch: how many frames that should be.
        in_order: `map`, or one that works ahead on several cores.
        given: numbers of more frames that are keys.
    """
    groups = _groups(_key_intervals(with_flow, every, given), batch)
    colored = chain.from_iterable(in_order(partial(_color_keys, color), groups))
    # One by one, and not by intervals: a frame that is given is no longer held here.
    return iter(in_order(_blend_colors, _one_by_one(_with_last_key(colored))))


def _groups(intervals: Iterable[_KeyInterval[F]], batch: int) -> Iterator[list[_KeyInterval[F]]]:
    """Intervals that are coloured together: with about as many keys, and not too many frames."""
    group: list[_KeyInterval[F]] = []
    for interval in intervals:
        group.append(interval)
        frames = sum(len(some.frames) for some in group)
        if len(group) == batch or frames >= batch * _FRAMES_A_PICTURE:
            yield group
            group = []
    if group:
        yield group


def _key_intervals(
    with_flow: Iterable[FrameWithFlow[F]], every: int, given: Container[int]
) -> Iterator[_KeyInterval[F]]:
    frames: list[FrameWithFlow[F]] = []
    for item in with_flow:
        frame, flow = item
        frames.append(item)
        if flow is None:
            yield _KeyInterval(frames, ends_shot=True)
            frames = []
        elif len(frames) > 1 and (_is_key(frame, every) or frame.index in given):
            yield _KeyInterval(frames, ends_shot=False)
            frames = [item]


def _is_key(frame: LumaFrame[F], every: int) -> bool:
    """By its number and tracks alone, which are the same in any part of the film."""
    return frame.index % every == 0 or (bool(frame.tracks) and frame.index % _GUIDED_EVERY == 0)


def _color_keys(color: Color[F], intervals: list[_KeyInterval[F]]) -> list[_KeyInterval[F]]:
    """The intervals with their keys decided and coloured, all keys in one call."""
    for interval in intervals:
        interval.blends = decide_blends(interval.frames)
    ab = iter(
        color([interval.frames[place][0] for interval in intervals for place in interval.keys])
    )
    for interval in intervals:
        interval.ab.update({place: next(ab) for place in interval.keys})
    return intervals


def _with_last_key(
    intervals: Iterable[_KeyInterval[F]],
) -> Iterator[_KeyInterval[F]]:
    """Every interval with the ab of its last key, where that is the next interval's to give."""
    previous: _KeyInterval[F] | None = None
    for interval in intervals:
        if previous is not None:
            if not previous.ends_shot:
                previous.ab[len(previous.frames) - 1] = interval.ab[0]
            yield previous
        previous = interval
    if previous is not None:
        yield previous


def _one_by_one(intervals: Iterable[_KeyInterval[F]]) -> Iterator[_Uncolored[F]]:
    """The frames that the intervals give, which forget them."""
    for interval in intervals:
        for place in interval.own:
            frame, flow = interval.frames.pop(0)
            blend = interval.blends.pop(place, None)
            keys = (place,) if blend is None else blend.keys
            yield _Uncolored(frame, flow, blend, tuple(interval.ab[key] for key in keys))


def _blend_colors(item: _Uncolored[F]) -> tuple[ColoredFrame[F], BidirectionalFlow | None]:
    """A frame with its own ab, or that of its keys along the motion."""
    frame = item.frame
    ab = item.ab[0] if item.blend is None else blended(item.ab, item.blend)
    return ColoredFrame(frame.index, frame.lightness, frame.payload, ab), item.flow
