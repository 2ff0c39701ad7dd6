"""Progress of a training that goes by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from kinemacolor.trainers.progress_line import ProgressLine
from kinemacolor.trainers.training.pace import duration
from kinemacolor.trainers.training.progress import LineProgress

_KEPT = 0.98  # of the running loss at each step


class ClockProgress(LineProgress):
    """A bar of the minutes, and a line for every evaluation; a context manager.

    Args:
        seconds: that the training takes.
        spent: of them, before.
        clock: the time in seconds.
    """

    def __init__(
        self, seconds: float, spent: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._clock = seconds, clock
        self._begun = clock() - spent
        super().__init__(ProgressLine("training, minutes", round(seconds / 60)))
        self._running: float | None = None
        self._first: tuple[int, float] | None = None  # step, and when it was done
        self._line.show(int(spent / 60), "the first step takes longest")

    def step(self, row: Mapping[str, Any]) -> None:
        """Show the time that is left, the loss and the pace."""
        now, step, loss = self._clock(), int(row["step"]), float(row["loss"])
        running = loss if self._running is None else self._running
        self._running = _KEPT * running + (1 - _KEPT) * loss
        notes = [f"step {step:,}", f"loss {self._running:.3g}"]
        if self._first is None:
            self._first = step, now
        elif now > self._first[1]:
            pace = (step - self._first[0]) / (now - self._first[1])
            notes.append(f"{pace:.2g} steps/s")
        spent = now - self._begun
        left = duration(max(0.0, self._seconds - spent))
        self._line.show(int(min(spent, self._seconds) / 60), f"{left} left", *notes)
