"""Cuts a film into runs of frames that can be coloured alone, with the result of the whole."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """A run of frames of one film.

    Args:
        start, stop: the frames that it gives; `stop` is excluded.
        first, last: the frames that are decoded for them; `last` is excluded.
    """

    start: int
    stop: int
    first: int
    last: int


def segments_of(frames: int, shots: Sequence[int], longest: int, window: int) -> list[Segment]:
    """A film's segments, in order: a pure function, whoever works on them.

    A segment ends at the last shot boundary in the further half of what it may hold; where there is
    none, at its longest. A border inside a shot needs `window` frames of context on either side.

    Args:
        frames: of the film.
        shots: frames that begin a shot, rising.
        longest: frames that a segment may give.
        window: how many frames smoothing looks to either side.
    """
    borders = [0]
    while frames - borders[-1] > longest:
        limit = borders[-1] + longest
        before = bisect_right(shots, limit)
        cut = shots[before - 1] if before else 0
        borders.append(cut if cut > limit - longest / 2 else limit)
    cuts = {0, frames, *shots}
    around = {border: 0 if border in cuts else window for border in (*borders, frames)}
    return [
        Segment(start, stop, max(0, start - around[start]), min(frames, stop + around[stop]))
        for start, stop in zip(borders, (*borders[1:], frames), strict=True)
        if stop > start
    ]
