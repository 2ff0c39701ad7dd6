"""Photos held out for scores where the user names none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinemacolor.trainers.pictures import Pictures

_SHARE, _MOST = 0.1, 256


@dataclass(frozen=True)
class Part:
    """Some of a source's pictures."""

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


def hold_out(pictures: Pictures, seed: int) -> tuple[Part, Part]:
    """Pictures to learn from, and a tenth drawn at random (at most 256) to score on.

    Neighbouring frames of one film are nearly alike, so scores on held-out frames flatter: films
    want a validation source of their own.
    """
    count = min(_MOST, round(_SHARE * len(pictures)))
    order = np.random.default_rng((seed, len(pictures))).permutation(len(pictures)).tolist()
    return Part(pictures, tuple(sorted(order[count:]))), Part(
        pictures, tuple(sorted(order[:count]))
    )
