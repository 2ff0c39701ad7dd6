"""The quality of a JPEG file, told by its quantisation tables (ITU-T T.81, Annex K)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kinemacolor.engine.media.stills.pillow import open_checked

# The example table for luminance, K.1, in rows; libjpeg scales it by the quality.
_LUMINANCE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
).reshape(-1)


def luma_quality(data: bytes) -> int | None:
    """libjpeg's quality, 1 to 100, that gives a file's own luma table; None where none does.

    Args:
        data: the whole file.
    """
    with open_checked(data) as image:
        table = getattr(image, "quantization", {}).get(0)
    if table is None:
        return None
    matching = np.flatnonzero((_scaled() == table).all(axis=1))
    return int(matching[0]) + 1 if len(matching) else None


@lru_cache(maxsize=1)
def _scaled() -> np.ndarray:
    """(100, 64): libjpeg's luma tables at the qualities from 1 to 100."""
    numbers = np.arange(1, 101)
    percent = np.where(numbers < 50, 5000 // numbers, 200 - 2 * numbers)
    steps: np.ndarray = np.clip((percent[:, None] * _LUMINANCE + 50) // 100, 1, 255)
    return steps
