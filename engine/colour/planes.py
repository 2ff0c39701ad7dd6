"""Planes of codes: to another size, and through a table."""

from __future__ import annotations

import cv2
import numpy as np


def look_up(table: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """`table[codes]`, by the quickest way for the depth of `codes`."""
    return cv2.LUT(codes, table) if codes.dtype == np.uint8 else table[codes]


def resize_plane(plane: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A plane at another size: averaged where it shrinks, bilinear where it grows."""
    if plane.shape[:2] == shape:
        return plane
    shrinks = shape[0] <= plane.shape[0] and shape[1] <= plane.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(plane, shape[::-1], interpolation=how)
