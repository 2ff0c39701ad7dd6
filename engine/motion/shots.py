"""Shot boundaries, seen on lightness alone."""

from __future__ import annotations

import cv2
import numpy as np

_THUMBNAIL = (24, 18)  # columns, rows: coarse enough that motion within a shot hardly shows
_ALIKE = 0.5  # correlation of neighbouring thumbnails below which a new shot begins


def thumbnail(lightness: np.ndarray) -> np.ndarray:
    """A frame reduced to a few hundred numbers with mean 0 and deviation 1.

    Brightness and contrast are taken out, so that flicker and fades do not look like cuts.

    Args:
        lightness: (h, w) float32 L*.
    """
    small = cv2.resize(lightness, _THUMBNAIL, interpolation=cv2.INTER_AREA)
    small = small - small.mean()
    deviation = float(np.sqrt((small * small).mean()))
    return small / max(deviation, 1e-3)


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether two neighbouring frames, given as thumbnails, belong to different shots."""
    flat = [float((t * t).mean()) < 0.5 for t in (before, after)]  # black or blank frames
    if all(flat):
        return False
    if any(flat):
        return True
    return float((before * after).mean()) < _ALIKE
