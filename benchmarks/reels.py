"""Sample reels for benchmarks: a camera move over a photo, with grain and flicker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from skimage import data

from kinemacolor.engine.bench import media


def scene(height: int, width: int, frames: int, *, grain: float = 4.0) -> Iterator[np.ndarray]:
    """`media.scene` over a portrait."""
    photo = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)
    return media.scene(photo, height, width, frames, grain=grain)


def write_reel(
    path: Path, height: int, width: int, frames: int, *, rate: int = 24, grain: float = 4.0
) -> None:
    """Write `scene` as a grey H.264 film at visually lossless quality."""
    media.write_film(path, scene(height, width, frames, grain=grain), rate=rate)
