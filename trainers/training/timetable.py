"""Where in its recipe a training is: by the steps that are done, or by the time that is spent."""

from __future__ import annotations

import time
from collections.abc import Callable

from kinemacolor.models.recipe import Recipe, Stage


class Timetable:
    """The place of a training in its recipe, which decides stage and learning rate.

    By the clock, a recipe's steps are equal parts of the time: after half of it the training is
    where the recipe is after half of its steps, however many steps the machine has done by then.

    Args:
        recipe: with its stages' lengths in steps.
        seconds: that the whole takes; 0 goes by the steps.
        spent: of them, before.
        clock: the time in seconds.

    Attributes:
        seconds: as above.
    """

    def __init__(
        self,
        recipe: Recipe,
        seconds: float = 0.0,
        spent: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds = seconds
        self._recipe, self._clock = recipe, clock
        self._begun = clock() - spent

    @property
    def spent(self) -> float:
        """Seconds that the training has taken so far."""
        return self._clock() - self._begun

    def place(self, step: int) -> int:
        """The recipe's step that is due, `recipe.steps` at the end, after `step` real ones."""
        if not self.seconds:
            return step
        return min(self._recipe.steps, int(self._recipe.steps * self.spent / self.seconds))

    def stage_at(self, step: int) -> Stage | None:
        """The stage of a real step, from 0, that is about to be made ready; None after the last.

        By the clock there is always one more: nobody knows which step is the last.
        """
        place = self.place(step)
        if self.seconds:
            place = min(place, self._recipe.steps - 1)
        return self._recipe.stage_at(place) if place < self._recipe.steps else None
