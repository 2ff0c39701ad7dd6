"""Runs the network on key frames, and carries their ab along the motion to the frames between.

Keys are the frames whose number is a multiple of `every`, and the first and last of every shot.
What lies between two of them is a run: its frames get the ab of both keys, moved to where their
pixels are, each weighted by how near it is and how far its way is to be believed. A run with a
frame that neither key leads to well is cut in half at a new key, and so on. All that is decided
about a run depends on its own frames: a segment that begins and ends at keys has the whole's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice

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

_MAX_UNTRUSTED = 0.25  # share of a frame that no key leads to, beyond which it becomes a key
_MIN_CONFIDENCE = (
    0.01  # trust of a way that is not to be believed: where no key leads, the nearer counts
)

Color = Callable[[Sequence[LumaFrame]], list[np.ndarray]]
Linked = tuple[LumaFrame, BidirectionalFlow | None]


@dataclass(frozen=True)
class _FlowPath:
    """From a frame's pixels to a key: where they lie there, and (h, w) how far to believe it."""

    at: np.ndarray
    confidence: np.ndarray


@dataclass(frozen=True)
class _Blend:
    """A frame between two keys: where its pixels lie in both, and (h, w) the share of the first."""

    keys: tuple[int, int]
    at: tuple[np.ndarray, np.ndarray]
    share: np.ndarray


@dataclass
class _KeyInterval:
    """Frames from a key to the next, both included.

    Args:
        frames: with their links.
        ends_shot: the last frame is this run's to give; else it is the first of the next run.
        mixes: of the frames, by their place in the run, that are not keys.
        ab: of the keys that are this run's to give.
    """

    frames: list[Linked]
    ends_shot: bool
    mixes: dict[int, _Blend] = field(default_factory=dict)
    ab: dict[int, np.ndarray] = field(default_factory=dict)

    @property
    def own(self) -> range:
        """Places of the frames that this run gives."""
        return range(len(self.frames) - (not self.ends_shot))

    @property
    def keys(self) -> list[int]:
        """Places of the frames that need the network, once it is known which are mixed."""
        return [place for place in self.own if place not in self.mixes]


def propagate_colors(
    with_flow: Iterable[Linked], every: int, color: Color, batch: int, in_order: OrderedMap = map
) -> Iterator[tuple[ColoredFrame, BidirectionalFlow | None]]:
    """Frames with their ab, the links as they came.

    Args:
        with_flow: frames in order of presentation, from the first of a shot or a multiple of `every`
            on; `LumaFrame.frame` has its number in the film as `index`.
        every: frames from a key to the next, at most; 1 gives every frame to the network.
        color: the network, for some frames at once.
        batch: how many frames that should be; so many runs go together, since most have one key.
        in_order: `map`, or one that works ahead on several cores.
    """
    intervals = _key_intervals(with_flow, every)
    groups = in_order(partial(_colored, color), iter(lambda: list(islice(intervals, batch)), []))
    return chain.from_iterable(in_order(_filled, _followed(chain.from_iterable(groups))))


def _key_intervals(with_flow: Iterable[Linked], every: int) -> Iterator[_KeyInterval]:
    frames: list[Linked] = []
    for item in with_flow:
        luma_frame, flow = item
        frames.append(item)
        if flow is None:
            yield _KeyInterval(frames, ends_shot=True)
            frames = []
        elif len(frames) > 1 and luma_frame.frame.index % every == 0:
            yield _KeyInterval(frames, ends_shot=False)
            frames = [item]


def _blend(interval: _KeyInterval) -> None:
    """Decides which frames between the run's ends are mixed; the others are keys."""
    undecided = [(0, len(interval.frames) - 1)]
    while undecided:
        first, last = undecided.pop()
        if last - first < 2:
            continue
        mixes = _blends(interval.frames, first, last)
        if mixes is None:
            middle = (first + last) // 2
            undecided += [(first, middle), (middle, last)]
        else:
            interval.mixes.update(mixes)


def _blends(frames: list[Linked], first: int, last: int) -> dict[int, _Blend] | None:
    """How the frames between two keys are mixed; None where one of them cannot be."""
    between = range(first + 1, last)
    onward = dict(_flow_paths(frames, last, reversed(between)))
    mixes = {}
    for place, before in _flow_paths(frames, first, between):
        after = onward[place]
        if 1 - np.maximum(before.confidence, after.confidence).mean() > _MAX_UNTRUSTED:
            return None
        near = (last - place) / (last - first)
        weight = (before.confidence + _MIN_CONFIDENCE) * near
        other = (after.confidence + _MIN_CONFIDENCE) * (1 - near)
        mixes[place] = _Blend((first, last), (before.at, after.at), weight / (weight + other))
    return mixes


def _flow_paths(
    frames: list[Linked], key: int, places: Iterable[int]
) -> Iterator[tuple[int, _FlowPath]]:
    """The ways from frames to a key, joined from frame to frame; `places` lead away from it."""
    light = frames[key][0].lightness
    at, confidence = identity_grid(*light.shape), np.ones_like(light)
    for place in places:
        flow = frames[place if place < key else place - 1][1]
        assert flow is not None
        if place < key:
            step, believed = flow.to_next, flow.trust_next
        else:
            step, believed = flow.to_previous, flow.trust_previous
        at, confidence = compose_flow(at, step), warp(confidence, step) * believed
        # Each step may look right and the end still be off.
        yield (
            place,
            _FlowPath(
                at,
                confidence * photometric_consistency(warp(light, at), frames[place][0].lightness),
            ),
        )


def _colored(color: Color, intervals: list[_KeyInterval]) -> list[_KeyInterval]:
    for interval in intervals:
        _blend(interval)
    ab = iter(
        color([interval.frames[place][0] for interval in intervals for place in interval.keys])
    )
    for interval in intervals:
        interval.ab.update({place: next(ab) for place in interval.keys})
    return intervals


def _followed(
    intervals: Iterable[_KeyInterval],
) -> Iterator[tuple[_KeyInterval, np.ndarray | None]]:
    """Every run with the ab of the key that it shares with the next one."""
    held: _KeyInterval | None = None
    for interval in intervals:
        if held is not None:
            yield held, None if held.ends_shot else interval.ab[0]
        held = interval
    if held is not None:
        yield held, None


def _filled(
    item: tuple[_KeyInterval, np.ndarray | None],
) -> list[tuple[ColoredFrame, BidirectionalFlow | None]]:
    interval, shared = item
    ab = dict(interval.ab)
    if shared is not None:
        ab[len(interval.frames) - 1] = shared
    for place, mix in interval.mixes.items():
        first, last = (warp_ab(ab[key], at) for key, at in zip(mix.keys, mix.at, strict=True))
        first -= last
        first *= cv2.merge([mix.share] * 2)
        ab[place] = first + last
    return [
        (ColoredFrame(luma_frame.frame, luma_frame.lightness, ab[place]), flow)
        for place, (luma_frame, flow) in zip(interval.own, interval.frames, strict=False)
    ]
