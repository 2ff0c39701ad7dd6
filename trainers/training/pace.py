"""How fast a training goes, how long it will take, and what this machine can do in an hour."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from kinemacolor.models.recipe import Recipe, Stage

LONG_SECONDS = 12 * 3600.0  # a training that takes longer surprises who tries it once
_HOUR = 3600.0
_WINDOW = 50  # steps that the present pace is taken from
_TIMED_STEPS, _TIMED_SECONDS = 3, 20.0  # after which it is known
_SLOW_FIRST_STEP = 60.0  # seconds; tells enough by itself
_SIZES, _BATCHES = (256, 192, 128, 96, 64, 32), (32, 16, 8, 4, 2)
_FEWEST_STEPS = 300  # that are worth their while


class Pace:
    """The pace of a training, in pixels of crops a second, since crops differ in size.

    Args:
        recipe: with its stages' lengths in steps.
        step: steps that are done already.
        clock: the time in seconds.
    """

    def __init__(
        self, recipe: Recipe, step: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._recipe, self._step, self._clock = recipe, step, clock
        self._last = clock()
        self._is_first = True  # which also starts loaders and allocates memory
        self._timed: deque[tuple[float, Stage]] = deque(maxlen=_WINDOW)
        self._first: tuple[float, Stage] | None = None

    def step(self, step: int) -> None:
        """A step is done: number `step`, from 1."""
        now, stage = self._clock(), self._recipe.stage_at(step - 1)
        timing = (now - self._last, stage)
        if self._is_first:
            self._first, self._is_first = timing, False
        else:
            self._timed.append(timing)
        self._last, self._step = now, step

    def skip(self) -> None:
        """Something else was done since the last step, such as scoring."""
        self._last = self._clock()

    @property
    def is_known(self) -> bool:
        """Whether enough was timed to foretell the rest."""
        seconds = sum(timed for timed, _ in self._timed)
        if len(self._timed) >= _TIMED_STEPS or seconds > _TIMED_SECONDS:
            return seconds > 0
        return self._first is not None and self._first[0] > _SLOW_FIRST_STEP

    @property
    def pixels_a_second(self) -> float:
        """Pixels of crops that are learnt from in a second; 0 before the first step."""
        timed = self._timed or ([self._first] if self._first is not None else [])
        seconds = sum(timed for timed, _ in timed)
        pixels = sum(stage.batch * stage.size**2 for _, stage in timed)
        return pixels / seconds if seconds > 0 else 0.0

    @property
    def photos_a_second(self) -> float:
        """Crops that are learnt from in a second, at the present size; 0 before it is known."""
        if not self.is_known:
            return 0.0
        stage = self._recipe.stage_at(max(0, self._step - 1))
        return self.pixels_a_second / stage.size**2

    @property
    def seconds_left(self) -> float | None:
        """Until the last step, scores not counted; None before it is known."""
        if not self.is_known:
            return None
        return _pixels(self._recipe, self._step) / self.pixels_a_second


def advice(recipe: Recipe, pace: Pace, size_multiple: int, workers: int = 1) -> str:
    """What to say where a training takes longer than `LONG_SECONDS`; empty where it does not.

    Args:
        recipe: of the training.
        pace: known.
        size_multiple: of which the sizes of crops are multiples.
        workers: that share a batch.
    """
    left = pace.seconds_left
    if left is None or left <= LONG_SECONDS:
        return ""
    options = _recipe_of_an_hour(recipe, pace.pixels_a_second, size_multiple, workers)
    return (
        f"At this rate the rest takes about {duration(left)}. In about an hour this machine does "
        f"{options}. This training goes on; Ctrl-C stops it and keeps its weights."
    )


def duration(seconds: float) -> str:
    """A length of time in words, coarsely: 40 s, 12 min, 3 h 5 min, 6 days."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    return f"{round(minutes / 60 / 24)} days"


def _pixels(recipe: Recipe, done: int) -> float:
    """Pixels of all crops after the first `done` steps."""
    total = 0
    for stage in recipe.stages:
        total += max(0, stage.steps - done) * stage.batch * stage.size**2
        done = max(0, done - stage.steps)
    return float(total)


def _recipe_of_an_hour(
    recipe: Recipe, pixels_a_second: float, size_multiple: int, workers: int
) -> str:
    """Options of a training of about an hour: the largest crops that leave steps enough."""
    parts = recipe.accumulate * workers
    most_size = min(stage.size for stage in recipe.stages)
    most_batch = min(stage.batch for stage in recipe.stages)
    sizes = [s for s in _SIZES if s <= most_size and s % size_multiple == 0] or [most_size]
    batches = [b for b in _BATCHES if b <= most_batch and b % parts == 0] or [most_batch]
    choices = [
        (size, batch) for size in sizes for batch in batches if batch >= 8 or batch == batches[-1]
    ]
    steps = 0
    for size, batch in choices:
        steps = int(0.9 * _HOUR * pixels_a_second / (batch * size**2))
        if steps >= _FEWEST_STEPS:
            break
    rounded = max(1, steps if steps < 20 else steps // 10 * 10)
    return f"--size {size} --batch {batch} --steps {rounded}"
