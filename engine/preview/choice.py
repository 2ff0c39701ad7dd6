"""The choice of what a preview shows: frames of a film, files of a job."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from kinemacolor.engine.pipeline.segmentation import with_context
from kinemacolor.engine.spread import spread

Run = tuple[int, int]  # number of a shot's first frame, and of the one behind its last

_COLORING = 25  # frames that are decoded in the time in which one is coloured


def share_out(capacities: Sequence[int], count: int) -> list[int]:
    """How many of `count` places each of several gets: one at least, evenly, none too many.

    Args:
        capacities: the most that each can use; 1 or more.
        count: to be shared out; taken for as many as there are, where it is less.
    """
    shares = [1] * len(capacities)
    left = count - len(shares)
    while left > 0:
        open_to_more = [i for i, most in enumerate(capacities) if shares[i] < most]
        if not open_to_more:
            break
        for place in open_to_more[:left]:
            shares[place] += 1
        left -= len(open_to_more)
    return shares


def choose_frames(
    shots: Sequence[Run],
    count: int,
    *,
    longest: int,
    keyframes: Sequence[int],
    window: int,
    every: int,
) -> list[int]:
    """One frame from the middle of each shot, spread over the film where there are too many.

    Args:
        shots: of the film.
        count: frames, at most.
        longest: frames beyond which a shot counts as several.
        keyframes: numbers at which decoding can begin.
        window, every: as of `with_context`: what colouring a frame costs depends on its number.
    """
    parts = [part for shot in shots for part in _parts(shot, longest)]

    def cost(number: int) -> int:
        start, stop = with_context(number, number + 1, window, every)
        place = bisect_right(keyframes, start)
        skipped = start - keyframes[place - 1] if place else 0
        return skipped + _COLORING * (stop - start)

    def cheapest(part: Run) -> int:
        middle = sum(part) // 2
        third = (part[1] - part[0]) // 3
        near = range(part[0] + third, max(part[1] - third, part[0] + third + 1))
        return min(near, key=lambda number: (cost(number), abs(number - middle)))

    return [cheapest(part) for part in spread(parts, count)]


def _parts(shot: Run, longest: int) -> list[Run]:
    """A shot in equal parts, none much longer than `longest`."""
    start, stop = shot
    count = max(1, round((stop - start) / longest))
    borders = [start + place * (stop - start) // count for place in range(count + 1)]
    return list(pairwise(borders))
