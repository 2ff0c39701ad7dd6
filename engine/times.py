"""Times of films as people write them."""

from __future__ import annotations

import re


def parse_time(text: str) -> float:
    """A time such as "62.5", "1:02.5" or "00:01:02.5", in seconds.

    Raises:
        ValueError: it is no time.
    """
    match = re.fullmatch(r"(?:(?:([0-9]{1,9}):)?([0-9]{1,9}):)?([0-9]{1,9}(?:\.[0-9]+)?)", text)
    if match is None:
        raise ValueError(f"{text!r} is no time; use seconds or HH:MM:SS.S")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    if (match[2] and seconds >= 60) or (match[1] and minutes >= 60):
        raise ValueError(f"{text!r} is no time: after hours and minutes come 59 at most")
    return 3600 * hours + 60 * minutes + seconds


def clock(seconds: float) -> str:
    """A time as HH:MM:SS.s."""
    tenths = int(seconds * 10 + 0.5)
    minutes, rest = divmod(tenths, 600)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 10:02}.{rest % 10}"
