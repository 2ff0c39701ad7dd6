"""Progress of a training: a bar with the time left, and a line for every evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.progress_line import ProgressLine
from kinemacolor.trainers.training.pace import Pace, advice, duration


class Reporter(Protocol):
    """Observer of new rows of log.csv and scores.csv."""

    def step(self, row: Mapping[str, Any]) -> None: ...

    def scores(self, row: Mapping[str, Any]) -> None: ...


class Silence:
    """Reporter that does nothing, where another process follows the files."""

    def step(self, row: Mapping[str, Any]) -> None:
        pass

    def scores(self, row: Mapping[str, Any]) -> None:
        pass


class LineProgress:
    """What the bars have in common: their line, which ends with them, and scores above it.

    Args:
        line: is drawn on.
    """

    def __init__(self, line: ProgressLine) -> None:
        self._line = line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.clear()

    def scores(self, row: Mapping[str, Any]) -> None:
        """Tell an evaluation, a row of scores.csv."""
        of = {name: float(value) for name, value in row.items()}
        self._line.say(
            f"step {of['step']:.0f}: CIEDE2000 {of['ratio']:.4f} of grey's, PSNR {of['psnr']:.2f} "
            f"dB (grey {of['psnr_grey']:.2f}), colourfulness {of['colorfulness']:.1f} of "
            f"{of['colorfulness_true']:.1f}"
        )


class Progress(LineProgress):
    """Progress on standard error; a context manager.

    Where the machine is too slow for the recipe, a line says so once, with options that suit it.

    Args:
        recipe: with its stages' lengths in steps.
        step: steps done so far.
        size_multiple: the network's.
        workers: that share a batch.
    """

    def __init__(self, recipe: Recipe, step: int, size_multiple: int, workers: int = 1) -> None:
        self._recipe, self._size_multiple, self._workers = recipe, size_multiple, workers
        self._pace = Pace(recipe, step)
        super().__init__(ProgressLine("training", recipe.steps))
        self._running: float | None = None
        self._is_judged = False
        if step < recipe.steps:
            self._line.show(step, "the first step takes longest")

    def step(self, row: Mapping[str, Any]) -> None:
        step, loss = int(row["step"]), float(row["loss"])
        self._running = loss if self._running is None else 0.98 * self._running + 0.02 * loss
        self._pace.step(step)
        if self._pace.is_known and not self._is_judged:
            self._is_judged = True
            if line := advice(self._recipe, self._pace, self._size_multiple, self._workers):
                self._line.say(line)
        self._line.show(step, *self._notes())

    def scores(self, row: Mapping[str, Any]) -> None:
        super().scores(row)
        self._pace.skip()

    def _notes(self) -> list[str]:
        left = self._pace.seconds_left
        notes = [f"loss {self._running:.3g}"]
        if left is not None:
            rate = self._pace.photos_a_second
            notes = [f"{duration(left)} left", *notes, f"{rate:.1f} photos/s"]
        return notes
