"""Sample photos for benchmarks: grey JPEGs of many sizes."""

from __future__ import annotations

import cv2
from skimage import data

from kinemacolor.engine.bench import media

_STOCK = 16  # different photos; more are these again, under other names


def photos(count: int) -> list[bytes]:
    """Grey JPEGs, 2 to 12 megapixels evenly spread, upright and lying, with grain."""
    whole = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)
    made = media.photos(min(count, _STOCK), whole)
    return [made[number % len(made)] for number in range(count)]
