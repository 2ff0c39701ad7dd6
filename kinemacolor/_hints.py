"""Colours that are given at some pixels of a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from kinemacolor.engine.guidance.guide_file.film_guide import Point
from kinemacolor.models.color.lab import srgb_to_lab
from kinemacolor.models.colorizer import Hints
from kinemacolor.models.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Hint:
    """A colour that is known at a pixel.

    Args:
        x, y: column and row of the picture, from 0 at its left and top, as it is seen upright.
        color: sRGB red, green and blue, 0 to 255 each, whatever the picture's depth. Its lightness
            does not matter: that is the picture's own.

    Example:
        >>> import kinemacolor
        >>> red = kinemacolor.Hint(x=20, y=10, color=(200, 30, 30))
        >>> kinemacolor.colorize_image("photo.png", hints=[red]).shape
        (48, 64, 3)
    """

    x: float
    y: float
    color: tuple[float, float, float]


HintsLike = Iterable[Hint] | npt.NDArray[np.generic]


def points_of(given: HintsLike, width: int, height: int) -> tuple[Point, ...]:
    """Given colours as points of a guide; those of one pixel are averaged.

    Args:
        given: hints, or an (N, 5) array of x, y, red, green, blue.
        width, height: of the picture, upright.

    Raises:
        SettingsError: a hint is outside the picture, or its colour outside 0 to 255.
        ValueError: an array of another shape.
    """
    colors: dict[tuple[int, int], list[npt.NDArray[np.float64]]] = {}
    for x, y, *color in _rows(given).tolist():
        if not (0 <= x < width and 0 <= y < height):
            problem = f"({x:g}, {y:g}) is outside a picture of {width}x{height} pixels"
            raise SettingsError("hints", problem)
        if not all(0 <= part <= 255 for part in color):
            raise SettingsError("hints", f"{color} is no colour", "use 0 to 255")
        colors.setdefault((int(x), int(y)), []).append(_ab_of(color))
    return tuple(
        Point(0, (x + 0.5) / width, (y + 0.5) / height, tuple(np.mean(ab, axis=0).tolist()))
        for (x, y), ab in colors.items()
    )


def place_points(points: Sequence[Point], shape: tuple[int, int]) -> Hints:
    """Points as networks take hints; those that meet in a pixel are averaged.

    Args:
        points: given.
        shape: (h, w) of the working size.

    Returns:
        (1, 2, h, w) ab and (1, 1, h, w) mask, float32.
    """
    h, w = shape
    at = torch.tensor([min(int(p.y * h), h - 1) * w + min(int(p.x * w), w - 1) for p in points])
    given = torch.tensor([point.ab for point in points], dtype=torch.float64).T
    count = torch.zeros(h * w, dtype=torch.float64).index_add_(0, at, torch.ones_like(given[0]))
    total = torch.zeros(2, h * w, dtype=torch.float64).index_add_(1, at, given)
    ab = (total / count.clamp_min(1)).float().view(1, 2, h, w)
    return Hints(ab, (count > 0).float().view(1, 1, h, w))


def placed_points(hints: Hints) -> tuple[Point, ...]:
    """Hints of one picture as points of a guide: the inverse of `place_points`.

    Args:
        hints: (1, ...), as networks take them.
    """
    h, w = hints.mask.shape[-2:]
    rows, columns = torch.nonzero(hints.mask[0, 0], as_tuple=True)
    ab = hints.ab[0, :, rows, columns].T
    places = zip(rows.tolist(), columns.tolist(), ab.tolist(), strict=True)
    return tuple(Point(0, (x + 0.5) / w, (y + 0.5) / h, (a, b)) for y, x, (a, b) in places)


def _ab_of(color: list[float]) -> npt.NDArray[np.float64]:
    lab = srgb_to_lab(torch.tensor(color, dtype=torch.float64).view(3, 1, 1) / 255)
    ab: npt.NDArray[np.float64] = lab[1:].flatten().numpy()
    return ab


def _rows(given: HintsLike) -> npt.NDArray[np.float64]:
    """(N, 5): x, y, red, green, blue."""
    if isinstance(given, np.ndarray):
        if given.ndim != 2 or given.shape[1] != 5:
            raise ValueError(f"hints of shape {given.shape}: (N, 5) is wanted, x, y, R, G, B")
        return given.astype(np.float64)
    rows = []
    for hint in given:
        if not isinstance(hint, Hint) or np.shape(hint.color) != (3,):
            raise ValueError(f"{hint!r} is no Hint with a color of three numbers")
        rows.append((hint.x, hint.y, *hint.color))
    return np.array(rows, np.float64).reshape(-1, 5)
