"""A job's progress: what is being done, and how many frames are done of those expected."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from kinemacolor.engine.jobs.formatting import format_duration
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.units import Step, Unit
from kinemacolor.engine.jobs.reporting.events import JsonEvent
from kinemacolor.engine.jobs.reporting.phases import (
    Numbers,
    Phase,
    Stage,
    number_assets,
    phase_of,
)


class Progress:
    """A counter of frames against an expected total, which is corrected as the truth comes out.

    Subclasses display it. Stills count as a frame each.

    Args:
        total: frames that are expected.

    Attributes:
        total: frames that are expected by now.
        done: frames that are done.
        phase: what is being done; None before the first.
        seen, of: steps of the phase that are done, and those expected, such as frames of a film
            that is read for its shots; 0 where it has none, or nobody knows.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.phase: Phase | None = None
        self.seen = self.of = 0
        self._numbers: Numbers = {}
        self._first: tuple[float, int] | None = None  # when there was a first frame, and which

    def number(self, assets: Iterable[Asset]) -> None:
        """Take the assets that will be worked on, in order: phases then say which film it is."""
        self._numbers = number_assets(assets)

    def advance(self, frames: int = 1) -> None:
        """Count more frames or stills as done; a negative number takes some back."""
        self.done += frames
        if self._first is None and self.done > 0:
            self._first = time.monotonic(), self.done
        self.show()

    @property
    def rate(self) -> float | None:
        """Frames a second since the first was done; None before the second."""
        if self._first is None:
            return None
        began, first = self._first
        seconds = time.monotonic() - began
        return (self.done - first) / seconds if self.done > first and seconds else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the rest will take at this rate; None where that is not known."""
        return max(0, self.total - self.done) / self.rate if self.rate else None

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

    def enter(self, phase: Phase, of: int = 0) -> None:
        """Begin a phase.

        Args:
            phase: what is being done now.
            of: steps that it is expected to have.
        """
        self.phase, self.seen, self.of = phase, 0, of
        self.show_phase()

    def enter_unit(self, unit: Unit) -> None:
        """Begin a unit's phase."""
        frames = unit.asset.frames if unit.step is Step.INDEX and not unit.ranges else 0
        if unit.range is not None:
            frames = unit.range.stop - unit.range.first
        self.enter(phase_of(unit, self._numbers), frames)

    def step(self, seen: int | None = None, of: int | None = None) -> None:
        """Count one more step of the phase, or take how many are done and expected."""
        self.seen = self.seen + 1 if seen is None else seen
        self.of = self.of if of is None else of
        self.show_phase()

    def about(self, name: str) -> None:
        """Take the name of what is being coloured within the phase, for the display."""
        self.phase = replace(self.phase or Phase(Stage.COLORING), name=name)

    def show(self) -> None:
        """Bring the display up to date; `done` or `total` has changed."""

    def show_phase(self) -> None:
        """Bring the display up to date; `phase` or its steps have changed."""

    def say(self, text: str) -> None:
        """Show a line beside the display, where there is one."""

    def close(self) -> None:
        """Take the display away."""


class Lines(Progress):
    """Progress as events: of every phase when it begins, of frames and steps from time to time.

    A look at the sources that does not take long has none.

    Args:
        total: frames that are expected.
        emit: called with every event.
        pause: seconds between two events of frames or steps, at least.
        clock: seconds.
    """

    _PATIENCE = 1.0  # seconds of a look at the sources until it is told

    def __init__(
        self,
        total: int,
        emit: Callable[[JsonEvent], None],
        pause: float = 2,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(total)
        self._emit, self._pause, self._clock = emit, pause, clock
        self._began = self._last = clock()
        self._told: set[Phase] = set()  # a film's segments are one phase, whatever lies between

    def show(self) -> None:
        if not self.done or not self._due(self._pause):
            return
        event: JsonEvent = {"event": "progress", "frames": self.done, "of": self.total}
        event["fps"] = None if self.rate is None else round(self.rate, 2)
        if self.seconds_left is not None:
            event["seconds_left"] = round(self.seconds_left, 1)
        self._emit(event)

    def show_phase(self) -> None:
        phase = self.phase
        assert phase is not None
        first = phase not in self._told
        if first and phase.stage is Stage.LOOKING:
            if self._clock() - self._began < self._PATIENCE:
                return
        elif not first and not (self.seen and self._due(self._pause)):
            return
        self._told.add(phase)
        self._last = self._clock()
        steps = {"seen": self.seen, "of": self.of} if self.of else {"seen": self.seen}
        self._emit(phase.event() | (steps if self.seen else {}) | {"text": self._text(phase)})

    def _text(self, phase: Phase) -> str:
        place = f" ({phase.place})" if phase.place else ""
        return phase.text() + place + steps_text(self, phase)

    def _due(self, pause: float) -> bool:
        now = self._clock()
        if now - self._last < pause:
            return False
        self._last = now
        return True


def steps_text(progress: Progress, phase: Phase) -> str:
    """How far a phase is, such as ": 12,000 files" or " 40 %"; empty where nobody knows."""
    if not progress.seen:
        return ""
    if phase.stage is Stage.LOOKING:
        of = f" of {progress.of:,}" if progress.of else ""
        return f": {progress.seen:,}{of} files"
    return f" {min(1, progress.seen / progress.of):.0%}".replace("%", " %") if progress.of else ""


def logged(event: JsonEvent) -> str:
    """An event as a line for a person, such as "5 of 10 frames, 2.5 a second"."""
    if event["event"] == "phase":
        text = str(event["text"])
        return text[0].upper() + text[1:]
    rate = f", {event['fps']} a second" if event["fps"] is not None else ""
    left = event.get("seconds_left")
    remaining = f", {format_duration(left)} left" if left is not None else ""
    return f"{event['frames']:,} of {event['of']:,} frames{rate}{remaining}"
