"""How far a job is, in frames."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kinemacolor.engine.jobs.reporting.text import format_duration


class Progress:
    """Counts frames against an expected total that is corrected as the truth comes out."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0

    def advance(self) -> None:
        """One more frame, or still, is settled."""
        self.done += 1
        self.show()

    @contextmanager
    def share(self, frames: int) -> Iterator[None]:
        """Work of which `frames` were expected; at its end, what it really took stands in."""
        total, done = self.total, self.done
        try:
            yield
        finally:
            self.total = total - frames + self.done - done
            self.show()

    def expect(self, frames: int) -> None:
        """There are more frames than were known."""
        self.total += frames
        self.show()

    def about(self, name: str) -> None:
        """What is being worked on."""

    def show(self) -> None:
        """Bring the display up to date."""

    def close(self) -> None:
        """Take the display away."""


class Lines(Progress):
    """Progress as events, at most one in `pause` seconds."""

    def __init__(
        self, total: int, emit: Callable[[dict[str, Any]], None], pause: float = 2
    ) -> None:
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


def logged(event: dict[str, Any]) -> str:
    """A progress event for a log that a person reads."""
    left = event.get("seconds_left")
    told = f", {format_duration(left)} left" if left is not None else ""
    return f"{event['frames']:,} of {event['of']:,} frames, {event['fps']} a second{told}"
