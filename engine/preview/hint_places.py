"""Where a colour that is told would help a network most: where it is unsure over much alike."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

_CELLS = 2048  # at most, in which a picture is looked at
_ROWS = 32  # of them, unless the picture is very wide
_REACH = 0.25  # of the picture's shorter side: how far a colour tells of its surroundings
_ALIKE = 8.0  # L*: how much these may differ
_LEAST = 0.2  # of what the first place gains: less is not worth telling


class Place(NamedTuple):
    """A place of a picture, as fractions of its width and height, 0..1.

    Attributes:
        x, y: from the left and from the top.
        error: expected there, LAB units.
    """

    x: float
    y: float
    error: float


def hint_places(error: np.ndarray, lightness: np.ndarray, most: int) -> list[Place]:
    """Places where a true colour would take away most of the error that a network expects.

    A colour is taken to tell of what is near and alike in lightness. The place that gains most is
    chosen, what it explains is taken away, and so on: the greedy choice of facility location.

    Args:
        error: (h, w) float32 expected error, LAB units.
        lightness: (h, w) float32 L*.
        most: places, at most.
    """
    shape = _cells(error.shape[0], error.shape[1])
    left, light = (
        cv2.resize(plane, shape[::-1], interpolation=cv2.INTER_AREA).ravel()
        for plane in (error, lightness)
    )
    expected = left.copy()
    y, x = (axis.ravel().astype(np.float32) for axis in np.indices(shape))
    reach = _REACH * min(shape)

    def told(place: int) -> np.ndarray:
        """How far a colour at a place tells that of each cell, 0..1."""
        far = ((x - x[place]) ** 2 + (y - y[place]) ** 2) / reach**2
        other = ((light - light[place]) / _ALIKE) ** 2
        telling: np.ndarray = np.exp(-(far + other) / 2)
        return telling

    tells = np.stack([told(place) for place in range(left.size)])
    places: list[Place] = []
    first = 0.0
    for _ in range(most):
        gains = tells @ left
        best = int(gains.argmax())
        first = first or float(gains[best])
        if gains[best] <= _LEAST * first:
            break
        at = (x[best] + 0.5) / shape[1], (y[best] + 0.5) / shape[0]
        places.append(Place(float(at[0]), float(at[1]), float(expected[best])))
        left = left * (1 - tells[best])
    return places


def _cells(height: int, width: int) -> tuple[int, int]:
    """(rows, columns) of nearly square cells."""
    rows = min(_ROWS, height, max(1, math.isqrt(_CELLS * height // width)))
    return rows, max(1, min(width, round(rows * width / height), _CELLS // rows))
