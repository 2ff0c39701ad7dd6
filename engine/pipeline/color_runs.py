"""The parts of a film that are in colour already, found shot by shot from samples of its frames."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from kinemacolor.engine.color.chroma import Chroma
from kinemacolor.engine.pipeline.given_back import Run, covers

EVERY = 4  # frames from one sample to the next
# Spreads between which a shot is one thing or the other; a shot with both has an unseen change.
_SURELY_GREY, _SURELY_REAL = 1.2, 4.0
_STEADY = 5  # samples, of which most must agree
_RARE = 0.1  # of the samples: a hue that fewer have is not worth a word
_LISTED = 5  # runs that a note lists


@dataclass(frozen=True)
class Sample:
    """What was seen of one frame.

    Args:
        number: of the frame.
        chroma: of it.
    """

    number: int
    chroma: Chroma


def runs_in_color(samples: Sequence[Sample], shots: Sequence[int], stop: int) -> tuple[Run, ...]:
    """The frames that are in colour already.

    What is too dark to tell is as what lies before it, or behind it at the start.

    Args:
        samples: of the film, by rising numbers.
        shots: numbers of the frames that begin a shot, the first frame's among them.
        stop: the number behind the last frame's.

    Returns:
        Runs of frames, in order; none touches the next.
    """
    telling = [sample for sample in samples if sample.chroma.tells]
    numbers = [sample.number for sample in telling]
    parts: list[tuple[int, bool | None]] = []  # where each begins, and whether it is in colour
    for start, end in pairwise((*shots, stop)):
        inside = telling[bisect_left(numbers, start) : bisect_left(numbers, end)]
        parts += _parts(start, inside)
    known = next((real for _, real in parts if real is not None), False)
    filled = []
    for start, real in parts:
        known = known if real is None else real
        filled.append((start, known))
    ends = [start for start, _ in filled[1:]] + [stop]
    whole = [(start, end, real) for (start, real), end in zip(filled, ends, strict=True)]
    runs = []
    for real, together in groupby(whole, key=lambda part: part[2]):
        some = list(together)
        if real:
            runs.append((some[0][0], some[-1][1]))
    return tuple(runs)


def _parts(start: int, samples: Sequence[Sample]) -> list[tuple[int, bool | None]]:
    """The parts of a shot: one, unless it is surely grey here and surely in colour there."""
    if not samples:
        return [(start, None)]
    spreads = np.array([sample.chroma.spread for sample in samples])
    low, middle, high = np.quantile(spreads, (0.1, 0.5, 0.9))
    if low > _SURELY_GREY or high < _SURELY_REAL:
        return [(start, Chroma(float(middle), 0, "").is_real)]
    real = [sample.chroma.is_real for sample in samples]
    half = _STEADY // 2
    steady = []
    for place in range(len(real)):
        around = real[max(0, place - half) : place + half + 1]
        steady.append(2 * sum(around) > len(around))
    changes = [place for place in range(1, len(steady)) if steady[place] != steady[place - 1]]
    first: tuple[int, bool | None] = (start, steady[0])
    return [first, *((samples[place].number, steady[place]) for place in changes)]


def hues_of(samples: Iterable[Sample], runs: Sequence[Run]) -> tuple[str, ...]:
    """The hues of what is toned or tinted, the commonest first.

    Args:
        samples: of the film.
        runs: of frames in colour, which do not count.
    """
    grey = [sample for sample in samples if not covers(runs, sample.number)]
    hues = Counter(sample.chroma.hue for sample in grey if sample.chroma.is_one_hue)
    return tuple(hue for hue, count in hues.most_common() if count >= _RARE * len(grey))


def shown(runs: Sequence[Run]) -> str:
    """Runs in words: "frames 0-119 and 240-360"."""
    words = [f"{first:,}-{end - 1:,}" for first, end in runs[:_LISTED]]
    if len(runs) > _LISTED:
        words.append(f"{len(runs) - _LISTED:,} more runs")
    *most, last = words
    return "frames " + (f"{', '.join(most)} and {last}" if most else last)
