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


def plan_segments(
    frames: int, shots: Sequence[int], longest: int, window: int, every: int = 1
) -> list[Segment]:
    """Cut a film into segments: a pure function, so that every worker plans the same.

    A segment ends at the last shot boundary in the further half of what it may hold; where there is
    none, at its longest. A border inside a shot needs `window` frames of context on either side,
    and the key frames that these get their colours from.

    Args:
        frames: of the film.
        shots: numbers of the frames that begin a shot, rising.
        longest: frames that a segment may give.
        window: frames that smoothing looks to either side.
        every: key frames are those whose number is a multiple of this, and the ends of shots.
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
        shot_start, shot_stop = cuts[bisect_right(cuts, start) - 1], cuts[bisect_left(cuts, stop)]
        decode_start, decode_stop = start, stop
        if start > shot_start:
            decode_start = max(shot_start, (start - window) // every * every)
        if stop < shot_stop:
            decode_stop = min(shot_stop, -(-(stop + window - 1) // every) * every + 1)
        if stop > start:
            segments.append(Segment(start, stop, decode_start, decode_stop))
    return segments
