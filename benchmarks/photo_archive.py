"""Sample archives for benchmarks: zips of grey JPEG photos of many sizes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import numpy as np
from skimage import data

SMALLEST, LARGEST = 2.0, 12.0  # megapixels
_STOCK = 16  # different photos; more are these again, under other names
_RATIOS = (3 / 2, 4 / 3, 2 / 3, 16 / 9)


def photos(count: int) -> list[bytes]:
    """Grey JPEGs, 2 to 12 megapixels evenly spread, upright and lying, with grain."""
    whole = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)
    rng = np.random.default_rng(0)
    made = []
    for number in range(min(count, _STOCK)):
        size = SMALLEST + (LARGEST - SMALLEST) * number / max(1, min(count, _STOCK) - 1)
        ratio = _RATIOS[number % len(_RATIOS)]
        shape = round((size * 1e6 * ratio) ** 0.5), round((size * 1e6 / ratio) ** 0.5)
        picture = cv2.resize(whole, shape, interpolation=cv2.INTER_CUBIC).astype(np.float32)
        grain = rng.standard_normal(picture.shape, np.float32)
        picture += 8 * cv2.GaussianBlur(grain, (0, 0), 1.0)
        codes = picture.clip(0, 255).astype(np.uint8)
        _, code = cv2.imencode(".jpg", codes, [cv2.IMWRITE_JPEG_QUALITY, 90])
        made.append(code.tobytes())
    return [made[number % len(made)] for number in range(count)]


def write_photos(path: Path, contents: list[bytes]) -> None:
    """Write a zip of stills."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"{number:05}.jpg", content)
