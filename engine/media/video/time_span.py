"""A span of a film's time: what of its other streams belongs to an excerpt."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class TimeSpan:
    """A span of time of the source, which the result shows from its own beginning.

    Args:
        start, stop: in seconds; `stop` is excluded.
    """

    start: Fraction
    stop: Fraction

    def holds(self, time: Fraction) -> bool:
        """Whether something that begins at `time`, in seconds, is in it."""
        return self.start <= time < self.stop


def chapters_within(chapters: list[Any], span: TimeSpan | None) -> list[Any]:
    """The chapters that reach into a span, cut to it, with times from its beginning.

    Args:
        chapters: as PyAV gives them: dictionaries with id, start, end, time_base and metadata.
        span: None is the whole film.
    """
    if span is None:
        return chapters
    found = []
    for chapter in chapters:
        base = chapter["time_base"]
        begin, end = (round(time / base) for time in (span.start, span.stop))
        start, stop = max(chapter["start"], begin), min(chapter["end"], end)
        if start < stop:
            found.append({**chapter, "start": start - begin, "end": stop - begin})
    return found
