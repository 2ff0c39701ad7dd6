"""The layout of pictures side by side: rows of one width, in which all are equally high."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Cell:
    """Pictures of one subject, side by side.

    Args:
        title: under them, on the left.
        detail: behind the title, fainter.
        pictures: (H, W, 3) uint8 RGB, all of one aspect.
        labels: over them, one each.
        marks: under them, one each: how unsure the network is, in LAB units; None for no mark.
    """

    title: str
    detail: str
    pictures: tuple[np.ndarray, ...]
    labels: tuple[str, ...] = ("before", "after")
    marks: tuple[float | None, ...] = (None, None)

    @property
    def aspect(self) -> float:
        """Width by height of all pictures together, without the gaps."""
        return sum(float(picture.shape[1] / picture.shape[0]) for picture in self.pictures)


@dataclass(frozen=True)
class Section:
    """Cells under a heading.

    Args:
        heading: such as the name of a source.
        facts: behind the heading, fainter.
        cells: in order.
    """

    heading: str
    facts: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Row:
    """Cells side by side.

    Args:
        cells: from left to right.
        height: of all their pictures, in pixels.
    """

    cells: tuple[Cell, ...]
    height: int


def rows_of(
    cells: Sequence[Cell], width: int, *, height: int, tallest: int, gap: int, inner: int
) -> list[Row]:
    """Fill rows with cells, so that each is as wide as the page and about as high as wanted.

    Args:
        cells: in order.
        width: of the page, in pixels.
        height: of a picture, as it is wanted.
        tallest: height that no picture exceeds, however few there are.
        gap: between two cells.
        inner: between two pictures of a cell.
    """
    rows: list[Row] = []
    left = list(cells)
    while left:
        heights = [
            (width - _gaps(left[:n], gap, inner)) / sum(cell.aspect for cell in left[:n])
            for n in range(1, len(left) + 1)
        ]
        usable = [h for h in heights if h > 0] or [float(height)]
        best = min(range(len(usable)), key=lambda n: abs(math.log(usable[n] / height)))
        row = left[: best + 1]
        del left[: best + 1]
        most = min(tallest, rows[-1].height) if rows and not left else tallest
        rows.append(Row(tuple(row), max(1, int(min(usable[best], most)))))
    return rows


def _gaps(cells: Sequence[Cell], gap: int, inner: int) -> int:
    return gap * (len(cells) - 1) + inner * sum(len(cell.pictures) - 1 for cell in cells)
