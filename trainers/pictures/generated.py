"""Generated abstract pictures as a source of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinemacolor.trainers.abstract import KINDS, picture
from kinemacolor.trainers.pictures.base import DataError

PREFIX = "abstract:"
COUNT = 350  # of each kind, as Colorization_Autoencoder was trained on


@dataclass(frozen=True)
class AbstractPictures:
    """Generated abstract pictures: `count` of each kind, one kind after the other."""

    kinds: tuple[str, ...]
    count: int = COUNT
    seed: int = 0

    @cached_property
    def names(self) -> tuple[str, ...]:
        series = f"{self.seed}-" if self.seed else ""
        return tuple(f"{kind}-{series}{i:05}" for kind in self.kinds for i in range(self.count))

    def __len__(self) -> int:
        return self.count * len(self.kinds)

    def version(self, number: int) -> str:
        return ""

    def read(self, number: int) -> np.ndarray:
        if not 0 <= number < len(self):
            raise IndexError(f"picture {number} of {len(self)}")
        kind, index = divmod(number, self.count)
        return picture(self.kinds[kind], index, seed=self.seed)


def open_abstract(source: str) -> AbstractPictures:
    """Source that "abstract:KIND[:COUNT[:SEED]]" names; another seed gives other pictures.

    Raises:
        DataError: the string is malformed.
    """
    kind, *numbers = source.removeprefix(PREFIX).split(":")
    kinds = tuple(KINDS) if kind == "both" else (kind,)
    well_formed = len(numbers) < 3 and all(n.isascii() and n.isdigit() for n in numbers)
    if kinds[0] not in KINDS or not well_formed or (numbers and int(numbers[0]) == 0):
        raise DataError(
            f"{source}: unknown; write {PREFIX}{'|'.join(KINDS)}|both[:COUNT[:SEED]], "
            f"such as {PREFIX}both:{COUNT}"
        )
    return AbstractPictures(kinds, *map(int, numbers))
