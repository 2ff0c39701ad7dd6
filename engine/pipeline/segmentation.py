"""Segments of a film: runs of frames that are coloured alone, with the result of the whole."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from kinemacolor.engine.motion.tracks import TRACK_REACH

_SHORT = 12  # frames: a shot with fewer is not worth a segment of its own
_TOGETHER = 24  # frames of which very short shots share a segment


@dataclass(frozen=True)
class Segment:
    """A run of frames of one film, by their numbers.

    Args:
        start, stop: the frames that it gives; `stop` is excluded.
        decode_start, decode_stop: the frames that are decoded for them, with the context that
            smoothing, propagation and tracks need; `decode_stop` is excluded.
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
    given: Sequence[int] = (),
    *,
    apart: bool = False,
) -> list[Segment]:
    """Cut a film into segments: a pure function, so that every worker plans the same.

    A segment ends at the last shot boundary in the further half of what it may hold; where there is
    none, at its longest. A border inside a shot needs `window` frames of context on either side,
    the key frames that these get their colours from, and the given frames that the first and the
    last of those have tracks to.

    Args:
        frames: of the film; of an excerpt the number behind the last frame that is read.
        shots: numbers of the frames that begin a shot, rising.
        longest: frames that a segment may give.
        window: frames that smoothing looks to either side.
        every: key frames are those whose number is a multiple of this, and the ends of shots.
        part: start and stop (excluded) of the frames that are given; None is all of them.
        given: numbers of the frames whose colours a person has given, rising.
        apart: a segment holds no two shots, unless they are very short, and each border depends on
            what is near it alone: a change to a shot, or another cut, leaves the segments of the
            others as they are.
    """
    first, end = part or (0, frames)
    borders = _near_borders(first, end, shots, longest) if apart else [first]
    while not apart and (border := _next_border(borders[-1], end, shots, longest)) < end:
        borders.append(border)
    cuts = sorted({0, frames, *shots})
    segments = []
    for start, stop in zip(borders, (*borders[1:], end), strict=True):
        shot_start, shot_stop = cuts[bisect_right(cuts, start) - 1], cuts[bisect_left(cuts, stop)]
        decode_start, decode_stop = with_context(start, stop, window, every)
        decode_start = max(shot_start, decode_start) if start > shot_start else start
        decode_stop = min(shot_stop, decode_stop) if stop < shot_stop else stop
        if start > shot_start:
            near = range(max(shot_start, decode_start - TRACK_REACH), decode_start)
            decode_start = max(_within(given, near), default=decode_start)
        if stop < shot_stop:
            near = range(decode_stop, min(shot_stop, decode_stop + TRACK_REACH))
            decode_stop = min(_within(given, near), default=decode_stop - 1) + 1
        if stop > start:
            segments.append(Segment(start, stop, decode_start, decode_stop))
    return segments


def _near_borders(first: int, end: int, shots: Sequence[int], longest: int) -> list[int]:
    """Where segments begin, each by the nearest shot's ends and its own number alone."""
    short = min(_SHORT, longest)
    margin = _SHORT if longest >= 8 * _SHORT else 0  # of cuts within it none is put beside
    step = longest - 2 * margin
    cuts = [first, *(cut for cut in shots if first < cut < end)]
    borders = {
        cut
        for before, cut in pairwise(cuts)
        if cut - before >= short or cut // _TOGETHER > before // _TOGETHER
    }
    near = sorted({first, *borders, end})
    for border in range((first // step + 1) * step, end, step):
        place = bisect_left(near, border)
        if min(border - near[place - 1], near[place] - border) >= max(1, margin):
            borders.add(border)
    return sorted({first, *borders})


def _next_border(begun: int, end: int, shots: Sequence[int], longest: int) -> int:
    """Where the segment that begins at a frame stops."""
    limit = begun + longest
    if end <= limit:
        return end
    before = bisect_right(shots, limit)
    cut = shots[before - 1] if before else 0
    return cut if cut > limit - longest / 2 else limit


def _within(numbers: Sequence[int], bounds: range) -> Sequence[int]:
    """Those of rising numbers that lie within bounds."""
    return numbers[bisect_left(numbers, bounds.start) : bisect_left(numbers, bounds.stop)]
