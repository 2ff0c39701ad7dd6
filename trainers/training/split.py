"""Validation split, for trainings without a validation source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinemacolor.trainers.pictures import Pictures

_SHARE, _MOST = 0.1, 256


@dataclass(frozen=True)
class Subset:
    """Subset of a source's pictures."""

    whole: Pictures
    numbers: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.whole.names[n] for n in self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def read(self, number: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        return self.whole.read(self.numbers[number])


def hold_out(pictures: Pictures, seed: int) -> tuple[Subset, Subset]:
    """Random split into training pictures and validation pictures: a tenth, at most 256.

    Neighbouring frames of one film are nearly alike, so scores on held-out frames flatter: films
    want a validation source of their own.
    """
    count = min(_MOST, round(_SHARE * len(pictures)))
    order = np.random.default_rng((seed, len(pictures))).permutation(len(pictures)).tolist()
    return Subset(pictures, tuple(sorted(order[count:]))), Subset(
        pictures, tuple(sorted(order[:count]))
    )
