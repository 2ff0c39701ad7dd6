"""Segments of a film: runs of frames that are coloured alone, with the result of the whole."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """A run of frames of one film, by their numbers.

    Args:
        start, stop: the frames that it gives; `stop` is excluded.
        decode_start, decode_stop: the frames that are decoded for them, with the context that
            smoothing and propagation need; `decode_stop` is excluded.
    """

    start: int
    stop: int
    decode_start: int
    decode_stop: int


def with_context(start: int, stop: int, window: int, every: int) -> tuple[int, int]:
    """The frames that have to be decoded for some inside a shot, as (start, stop); `stop` excluded.

    These are the neighbours that smoothing looks at, and the key frames around all of them. The
    film, or the shot, may begin later or end before.

    Args:
        start, stop: the frames; `stop` is excluded.
        window: frames that smoothing looks to either side.
        every: as `plan_segments` has it.
    """
    first = max(0, (start - window) // every * every)
    return first, -(-(stop + window - 1) // every) * every + 1


def plan_segments(
    frames: int,
    shots: Sequence[int],
    longest: int,
    window: int,
    every: int = 1,
    part: tuple[int, int] | None = None,
) -> list[Segment]:
    """Cut a film into segments: a pure function, so that every worker plans the same.

    A segment ends at the last shot boundary in the further half of what it may hold; where there is
    none, at its longest. A border inside a shot needs `window` frames of context on either side,
    and the key frames that these get their colours from.

    Args:
        frames: of the film; of an excerpt the number behind the last frame that is read.
        shots: numbers of the frames that begin a shot, rising.
        longest: frames that a segment may give.
        window: frames that smoothing looks to either side.
        every: key frames are those whose number is a multiple of this, and the ends of shots.
        part: start and stop (excluded) of the frames that are given; None is all of them.
    """
    first, end = part or (0, frames)
    borders = [first]
    while end - borders[-1] > longest:
        limit = borders[-1] + longest
        before = bisect_right(shots, limit)
        cut = shots[before - 1] if before else 0
        borders.append(cut if cut > limit - longest / 2 else limit)
    cuts = sorted({0, frames, *shots})
    segments = []
    for start, stop in zip(borders, (*borders[1:], end), strict=True):
        shot_start, shot_stop = cuts[bisect_right(cuts, start) - 1], cuts[bisect_left(cuts, stop)]
        decode_start, decode_stop = with_context(start, stop, window, every)
        decode_start = max(shot_start, decode_start) if start > shot_start else start
        decode_stop = min(shot_stop, decode_stop) if stop < shot_stop else stop
        if stop > start:
            segments.append(Segment(start, stop, decode_start, decode_stop))
    return segments
