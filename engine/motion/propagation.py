"""Key-frame propagation: the network colours key frames, optical flow the frames between them.

Keys are the frames whose number is a multiple of `every`, and the first and last of every shot.
The frames between two neighbouring keys are a key interval: they get the ab of both keys, warped to
where their pixels are, each weighted by how near the key is and by the confidence of the flow
composed on the way to it. An interval with a frame that neither key leads to well is halved at a
new key, and so on. All that is decided about an interval depends on its own frames: a segment that
begins and ends at keys is coloured as within the whole film.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from typing import Generic, TypeVar

import cv2
import numpy as np

from kinemacolor.engine.motion.frames import ColoredFrame, LumaFrame, OrderedMap
from kinemacolor.engine.motion.optical_flow import (
    BidirectionalFlow,
    compose_flow,
    identity_grid,
    photometric_consistency,
    warp,
    warp_ab,
)

# Share of a frame's pixels that no key leads to, beyond which the interval is halved.
_MAX_UNTRUSTED = 0.25
# Added to every confidence: where no key leads, the nearer one counts for more.
_MIN_CONFIDENCE = 0.01

F = TypeVar("F")
Color = Callable[[Sequence[LumaFrame[F]]], list[np.ndarray]]
FrameWithFlow = tuple[LumaFrame[F], BidirectionalFlow | None]


@dataclass(frozen=True)
class _FlowPath:
    """The flow from a frame to a key, composed step by step.

    Args:
        positions: (2, h, w) float32: columns and rows of the frame's pixels in the key.
        confidence: (h, w) float32 in 0..1.
    """

    positions: np.ndarray
    confidence: np.ndarray


@dataclass(frozen=True)
class _Blend:
    """How a frame's ab is blended from two keys.

    Args:
        keys: places of the keys in their interval.
        positions: (2, h, w) float32 each: where the frame's pixels lie in both.
        share: (h, w) float32 in 0..1: weight of the first key, the second's is the rest.
    """

    keys: tuple[int, int]
    positions: tuple[np.ndarray, np.ndarray]
    share: np.ndarray


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
    blends: dict[int, _Blend] = field(default_factory=dict)
    ab: dict[int, np.ndarray] = field(default_factory=dict)

    @property
    def own(self) -> range:
        """Places of the frames that this interval gives."""
        return range(len(self.frames) - (not self.ends_shot))

    @property
    def keys(self) -> list[int]:
        """Places of the frames that need the network, once the blends are known."""
        return [place for place in self.own if place not in self.blends]


def propagate_colors(
    with_flow: Iterable[FrameWithFlow[F]],
    every: int,
    color: Color[F],
    batch: int,
    in_order: OrderedMap = map,
) -> Iterator[tuple[ColoredFrame[F], BidirectionalFlow | None]]:
    """Frames with their ab, and the flow as it came.

    Args:
        with_flow: frames in order of presentation, from the first of a shot or a multiple of
            `every` on.
        every: frames from a key to the next, at most; 1 gives every frame to the network.
        color: the network, for several frames at once: (h, w, 2) float32 ab each.
        batch: how many frames that should be; so many intervals go together, since most have one
            key.
        in_order: `map`, or one that works ahead on several cores.
    """
    intervals = _key_intervals(with_flow, every)
    groups = iter(lambda: list(islice(intervals, batch)), [])
    colored = chain.from_iterable(in_order(partial(_color_keys, color), groups))
    return chain.from_iterable(in_order(_blend_colors, _with_last_key(colored)))


def _key_intervals(with_flow: Iterable[FrameWithFlow[F]], every: int) -> Iterator[_KeyInterval[F]]:
    frames: list[FrameWithFlow[F]] = []
    for item in with_flow:
        frame, flow = item
        frames.append(item)
        if flow is None:
            yield _KeyInterval(frames, ends_shot=True)
            frames = []
        elif len(frames) > 1 and frame.index % every == 0:
            yield _KeyInterval(frames, ends_shot=False)
            frames = [item]


def _color_keys(color: Color[F], intervals: list[_KeyInterval[F]]) -> list[_KeyInterval[F]]:
    """The intervals with their keys decided and coloured, all keys in one call."""
    for interval in intervals:
        _decide_blends(interval)
    ab = iter(
        color([interval.frames[place][0] for interval in intervals for place in interval.keys])
    )
    for interval in intervals:
        interval.ab.update({place: next(ab) for place in interval.keys})
    return intervals


def _decide_blends(interval: _KeyInterval[F]) -> None:
    """Decide which frames between the interval's ends are blended; the others are keys."""
    undecided = [(0, len(interval.frames) - 1)]
    while undecided:
        first, last = undecided.pop()
        if last - first < 2:
            continue
        blends = _blends_between(interval.frames, first, last)
        if blends is None:
            middle = (first + last) // 2
            undecided += [(first, middle), (middle, last)]
        else:
            interval.blends.update(blends)


def _blends_between(
    frames: list[FrameWithFlow[F]], first: int, last: int
) -> dict[int, _Blend] | None:
    """How the frames between two keys are blended; None where one of them cannot be."""
    between = range(first + 1, last)
    to_last = dict(_flow_paths(frames, last, reversed(between)))
    blends = {}
    for place, before in _flow_paths(frames, first, between):
        after = to_last[place]
        if 1 - np.maximum(before.confidence, after.confidence).mean() > _MAX_UNTRUSTED:
            return None
        nearness = (last - place) / (last - first)
        weight = (before.confidence + _MIN_CONFIDENCE) * nearness
        other = (after.confidence + _MIN_CONFIDENCE) * (1 - nearness)
        positions = before.positions, after.positions
        blends[place] = _Blend((first, last), positions, weight / (weight + other))
    return blends


def _flow_paths(
    frames: list[FrameWithFlow[F]], key: int, places: Iterable[int]
) -> Iterator[tuple[int, _FlowPath]]:
    """The flow from each of some frames to a key; `places` lead away from it, one by one."""
    lightness = frames[key][0].lightness
    positions, confidence = identity_grid(*lightness.shape), np.ones_like(lightness)
    for place in places:
        flow = frames[place if place < key else place - 1][1]
        assert flow is not None
        if place < key:
            step, step_confidence = flow.to_next, flow.confidence_next
        else:
            step, step_confidence = flow.to_previous, flow.confidence_previous
        positions = compose_flow(positions, step)
        confidence = warp(confidence, step) * step_confidence
        # Each step may look right and the end still be off.
        consistency = photometric_consistency(
            warp(lightness, positions), frames[place][0].lightness
        )
        yield place, _FlowPath(positions, confidence * consistency)


def _with_last_key(
    intervals: Iterable[_KeyInterval[F]],
) -> Iterator[tuple[_KeyInterval[F], np.ndarray | None]]:
    """Every interval with the ab of its last key, where that is the next interval's to give."""
    previous: _KeyInterval[F] | None = None
    for interval in intervals:
        if previous is not None:
            yield previous, None if previous.ends_shot else interval.ab[0]
        previous = interval
    if previous is not None:
        yield previous, None


def _blend_colors(
    item: tuple[_KeyInterval[F], np.ndarray | None],
) -> list[tuple[ColoredFrame[F], BidirectionalFlow | None]]:
    """The frames that an interval gives, with the ab of its keys and of its blends."""
    interval, last_ab = item
    ab = dict(interval.ab)
    if last_ab is not None:
        ab[len(interval.frames) - 1] = last_ab
    for place, blend in interval.blends.items():
        first, last = (
            warp_ab(ab[key], positions)
            for key, positions in zip(blend.keys, blend.positions, strict=True)
        )
        first -= last
        first *= cv2.merge([blend.share] * 2)
        ab[place] = first + last
    return [
        (ColoredFrame(frame.index, frame.lightness, frame.payload, ab[place]), flow)
        for place, (frame, flow) in zip(interval.own, interval.frames, strict=False)
    ]
