"""A job's progress, counted in frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kinemacolor.engine.jobs.formatting import format_duration
from kinemacolor.engine.jobs.reporting.events import JsonEvent


class Progress:
    """A counter of frames against an expected total, which is corrected as the truth comes out.

    Subclasses display it. Stills count as a frame each.

    Args:
        total: frames that are expected.

    Attributes:
        total: frames that are expected by now.
        done: frames that are done.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0

    def advance(self) -> None:
        """Count one more frame or still as done."""
        self.done += 1
        self.show()

    @contextmanager
    def share(self, frames: int) -> Iterator[None]:
        """A block of work of which `frames` were expected; at its end the frames really done count.

        Args:
            frames: that the total has for the work.
        """
        total, done = self.total, self.done
        try:
            yield
        finally:
            self.total = total - frames + self.done - done
            self.show()

    def expect(self, frames: int) -> None:
        """Add frames to the total; a negative number takes some away."""
        self.total += frames
        self.show()

    def about(self, name: str) -> None:
        """Take the name of what is being worked on, for the display."""

    def show(self) -> None:
        """Bring the display up to date; `done` or `total` has changed."""

    def close(self) -> None:
        """Take the display away."""


class Lines(Progress):
    """Progress as events.

    Args:
        total: frames that are expected.
        emit: called with every event.
        pause: seconds between two events, at least.
    """

    def __init__(self, total: int, emit: Callable[[JsonEvent], None], pause: float = 2) -> None:
        super().__init__(total)
        self._emit, self._pause = emit, pause
        self._began = self._last = time.monotonic()

    def show(self) -> None:
        now = time.monotonic()
        if now - self._last < self._pause:
            return
        self._last = now
        rate = self.done / (now - self._began)
        event = {"event": "progress", "frames": self.done, "of": self.total, "fps": round(rate, 2)}
        if rate:
            event["seconds_left"] = round((self.total - self.done) / rate, 1)
        self._emit(event)


def logged(event: JsonEvent) -> str:
    """A progress event as a line for a person, such as "5 of 10 frames, 2.5 a second"."""
    left = event.get("seconds_left")
    remaining = f", {format_duration(left)} left" if left is not None else ""
    return f"{event['frames']:,} of {event['of']:,} frames, {event['fps']} a second{remaining}"
