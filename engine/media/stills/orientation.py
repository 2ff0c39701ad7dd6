"""EXIF orientation (EXIF 3.0, tag 0x0112): between stored and displayed rows and columns."""

from __future__ import annotations

import numpy as np


def to_upright(plane: np.ndarray, orientation: int) -> np.ndarray:
    """Picture turned as it is to be displayed.

    Args:
        plane: (H, W) or (H, W, C), rows and columns as stored.
        orientation: EXIF's value, 1 to 8.

    Returns:
        (H, W[, C]), or (W, H[, C]) for 5 to 8; contiguous, values unchanged.

    Raises:
        ValueError: the orientation is not within 1..8.
    """
    _check(orientation)
    if orientation >= 5:
        plane = plane.swapaxes(0, 1)
    return _flipped(plane, orientation)


def from_upright(plane: np.ndarray, orientation: int) -> np.ndarray:
    """Inverse of `to_upright`: an upright picture as the file stores it."""
    _check(orientation)
    if orientation < 5:
        return _flipped(plane, orientation)
    # A flip before the transposition is the other axis's flip after it.
    return _flipped(plane.swapaxes(0, 1), {6: 8, 8: 6}.get(orientation, orientation))


def _flipped(plane: np.ndarray, orientation: int) -> np.ndarray:
    if orientation in (3, 4, 7, 8):
        plane = plane[::-1]
    if orientation in (2, 3, 6, 7):
        plane = plane[:, ::-1]
    return np.ascontiguousarray(plane)


def _check(orientation: int) -> None:
    if not 1 <= orientation <= 8:
        raise ValueError(f"EXIF orientation {orientation} is not within 1..8")
