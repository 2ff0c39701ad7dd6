"""How far a job is, in frames: a bar for people, lines for machines, or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from kinemacolor.cli.console import Pipe


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


class Bar(Progress):
    """A tqdm bar on a terminal: frames, frames a second, time left over the whole job."""

    def __init__(self, total: int, stream: Pipe) -> None:
        super().__init__(total)
        known = stream.columns > 0  # tqdm would draw nothing where it is not
        self._bar = tqdm(
            total=total,
            unit="frame",
            file=stream,
            leave=False,
            smoothing=0.1,
            dynamic_ncols=known,
            ncols=None if known else 80,
        )

    def about(self, name: str) -> None:
        short = name if len(name) <= 30 else f"...{name[-27:]}"
        self._bar.set_description_str(short, refresh=False)

    def show(self) -> None:
        self._bar.total = max(self.total, self.done)
        self._bar.update(self.done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


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
    told = f", {clock(left)} left" if left is not None else ""
    return f"{event['frames']:,} of {event['of']:,} frames, {event['fps']} a second{told}"


def clock(seconds: float) -> str:
    """A duration as people say it."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
