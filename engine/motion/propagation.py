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

from kinemacolor.engine.motion.frames import Lit, OrderedMap, Toned
from kinemacolor.engine.motion.optical_flow import Link, grid, joined, resemblance, warp, warp_ab

_DOUBT = 0.25  # share of a frame that no key leads to, beyond which it becomes a key
_FLOOR = 0.01  # trust of a way that is not to be believed: where no key leads, the nearer counts

Colour = Callable[[Sequence[Lit]], list[np.ndarray]]
Linked = tuple[Lit, Link | None]


@dataclass(frozen=True)
class _Way:
    """From a frame's pixels to a key: where they lie there, and (h, w) how far to believe it."""

    at: np.ndarray
    trust: np.ndarray


@dataclass(frozen=True)
class _Mix:
    """A frame between two keys: where its pixels lie in both, and (h, w) the share of the first."""

    keys: tuple[int, int]
    at: tuple[np.ndarray, np.ndarray]
    share: np.ndarray


@dataclass
class _Run:
    """Frames from a key to the next, both included.

    Args:
        frames: with their links.
        ends_shot: the last frame is this run's to give; else it is the first of the next run.
        mixes: of the frames, by their place in the run, that are not keys.
        ab: of the keys that are this run's to give.
    """

    frames: list[Linked]
    ends_shot: bool
    mixes: dict[int, _Mix] = field(default_factory=dict)
    ab: dict[int, np.ndarray] = field(default_factory=dict)

    @property
    def own(self) -> range:
        """Places of the frames that this run gives."""
        return range(len(self.frames) - (not self.ends_shot))

    @property
    def keys(self) -> list[int]:
        """Places of the frames that need the network, once it is known which are mixed."""
        return [place for place in self.own if place not in self.mixes]


def carried(
    linked: Iterable[Linked], every: int, colour: Colour, batch: int, in_order: OrderedMap = map
) -> Iterator[tuple[Toned, Link | None]]:
    """Frames with their ab, the links as they came.

    Args:
        linked: frames in order of presentation, from the first of a shot or a multiple of `every`
            on; `Lit.frame` has its number in the film as `index`.
        every: frames from a key to the next, at most; 1 gives every frame to the network.
        colour: the network, for some frames at once.
        batch: how many frames that should be; so many runs go together, since most have one key.
        in_order: `map`, or one that works ahead on several cores.
    """
    runs = _runs(linked, every)
    groups = in_order(partial(_coloured, colour), iter(lambda: list(islice(runs, batch)), []))
    return chain.from_iterable(in_order(_filled, _followed(chain.from_iterable(groups))))


def _runs(linked: Iterable[Linked], every: int) -> Iterator[_Run]:
    frames: list[Linked] = []
    for item in linked:
        lit, link = item
        frames.append(item)
        if link is None:
            yield _Run(frames, ends_shot=True)
            frames = []
        elif len(frames) > 1 and lit.frame.index % every == 0:
            yield _Run(frames, ends_shot=False)
            frames = [item]


def _mix(run: _Run) -> None:
    """Decides which frames between the run's ends are mixed; the others are keys."""
    undecided = [(0, len(run.frames) - 1)]
    while undecided:
        first, last = undecided.pop()
        if last - first < 2:
            continue
        mixes = _mixes(run.frames, first, last)
        if mixes is None:
            middle = (first + last) // 2
            undecided += [(first, middle), (middle, last)]
        else:
            run.mixes.update(mixes)


def _mixes(frames: list[Linked], first: int, last: int) -> dict[int, _Mix] | None:
    """How the frames between two keys are mixed; None where one of them cannot be."""
    between = range(first + 1, last)
    onward = dict(_ways(frames, last, reversed(between)))
    mixes = {}
    for place, before in _ways(frames, first, between):
        after = onward[place]
        if 1 - np.maximum(before.trust, after.trust).mean() > _DOUBT:
            return None
        near = (last - place) / (last - first)
        weight = (before.trust + _FLOOR) * near
        other = (after.trust + _FLOOR) * (1 - near)
        mixes[place] = _Mix((first, last), (before.at, after.at), weight / (weight + other))
    return mixes


def _ways(frames: list[Linked], key: int, places: Iterable[int]) -> Iterator[tuple[int, _Way]]:
    """The ways from frames to a key, joined from frame to frame; `places` lead away from it."""
    light = frames[key][0].lightness
    at, trust = grid(*light.shape), np.ones_like(light)
    for place in places:
        link = frames[place if place < key else place - 1][1]
        assert link is not None
        if place < key:
            step, believed = link.to_next, link.trust_next
        else:
            step, believed = link.to_previous, link.trust_previous
        at, trust = joined(at, step), warp(trust, step) * believed
        # Each step may look right and the end still be off.
        yield place, _Way(at, trust * resemblance(warp(light, at), frames[place][0].lightness))


def _coloured(colour: Colour, runs: list[_Run]) -> list[_Run]:
    for run in runs:
        _mix(run)
    ab = iter(colour([run.frames[place][0] for run in runs for place in run.keys]))
    for run in runs:
        run.ab.update({place: next(ab) for place in run.keys})
    return runs


def _followed(runs: Iterable[_Run]) -> Iterator[tuple[_Run, np.ndarray | None]]:
    """Every run with the ab of the key that it shares with the next one."""
    held: _Run | None = None
    for run in runs:
        if held is not None:
            yield held, None if held.ends_shot else run.ab[0]
        held = run
    if held is not None:
        yield held, None


def _filled(item: tuple[_Run, np.ndarray | None]) -> list[tuple[Toned, Link | None]]:
    run, shared = item
    ab = dict(run.ab)
    if shared is not None:
        ab[len(run.frames) - 1] = shared
    for place, mix in run.mixes.items():
        first, last = (warp_ab(ab[key], at) for key, at in zip(mix.keys, mix.at, strict=True))
        first -= last
        first *= cv2.merge([mix.share] * 2)
        ab[place] = first + last
    return [
        (Toned(lit.frame, lit.lightness, ab[place]), link)
        for place, (lit, link) in zip(run.own, run.frames, strict=False)
    ]
