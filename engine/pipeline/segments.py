"""Cuts a film into runs of frames that can be coloured alone, with the result of the whole."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
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


def segments_of(
    frames: int, shots: Sequence[int], longest: int, window: int, every: int = 1
) -> list[Segment]:
    """A film's segments, in order: a pure function, whoever works on them.

    A segment ends at the last shot boundary in the further half of what it may hold; where there is
    none, at its longest. A border inside a shot needs `window` frames of context on either side,
    and the keys that the colours of these are carried from.

    Args:
        frames: of the film.
        shots: frames that begin a shot, rising.
        longest: frames that a segment may give.
        window: how many frames smoothing looks to either side.
        every: colours are carried from the frames whose number is a multiple of this, and from the
            ends of shots.
    """
    borders = [0]
    while frames - borders[-1] > longest:
        limit = borders[-1] + longest
        before = bisect_right(shots, limit)
        cut = shots[before - 1] if before else 0
        borders.append(cut if cut > limit - longest / 2 else limit)
    cuts = sorted({0, frames, *shots})
    segments = []
    for start, stop in zip(borders, (*borders[1:], frames), strict=True):
        begins, ends = cuts[bisect_right(cuts, start) - 1], cuts[bisect_left(cuts, stop)]
        first, last = start, stop
        if start > begins:
            first = max(begins, (start - window) // every * every)
        if stop < ends:
            last = min(ends, -(-(stop + window - 1) // every) * every + 1)
        if stop > start:
            segments.append(Segment(start, stop, first, last))
    return segments
