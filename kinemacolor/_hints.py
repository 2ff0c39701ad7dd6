"""Colours that are given at some pixels, as networks take them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

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


def place_hints(given: HintsLike, size: tuple[int, int], shape: tuple[int, int]) -> Hints:
    """Given colours at the working size; those that meet in a pixel there are averaged.

    Args:
        given: hints, or an (N, 5) array of x, y, red, green, blue.
        size: (H, W) of the picture, upright.
        shape: (h, w) of the working size.

    Returns:
        (1, 2, h, w) ab and (1, 1, h, w) mask, float32.

    Raises:
        SettingsError: a hint is outside the picture, or its colour outside 0 to 255.
        ValueError: an array of another shape.
    """
    rows = _rows(given)
    places, colors = rows[:, :2], rows[:, 2:]
    (height, width), (h, w) = size, shape
    for (x, y), color in zip(places, colors, strict=True):
        if not (0 <= x < width and 0 <= y < height):
            problem = f"({x:g}, {y:g}) is outside a picture of {width}x{height} pixels"
            raise SettingsError("hints", problem)
        if not ((color >= 0) & (color <= 255)).all():
            raise SettingsError("hints", f"{color.tolist()} is no colour", "use 0 to 255")
    lab = srgb_to_lab(torch.from_numpy(colors / 255).T[:, :, None])[:, :, 0]
    # A pixel is a square around its coordinates; the working size's are larger ones.
    columns = np.minimum((np.floor(places[:, 0]) + 0.5) * w / width, w - 1).astype(np.int64)
    lines = np.minimum((np.floor(places[:, 1]) + 0.5) * h / height, h - 1).astype(np.int64)
    at = torch.from_numpy(lines * w + columns)
    count = torch.zeros(h * w, dtype=lab.dtype).index_add_(0, at, torch.ones_like(lab[0]))
    total = torch.zeros(2, h * w, dtype=lab.dtype).index_add_(1, at, lab[1:])
    ab = (total / count.clamp_min(1)).float().view(1, 2, h, w)
    return Hints(ab, (count > 0).float().view(1, 1, h, w))


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
