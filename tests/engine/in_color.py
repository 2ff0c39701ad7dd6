"""Pictures in colour, of one hue and grey, and films of them, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from tests.engine.tint import pan, photo


def colored_shot(frames: int, seed: int = 3, size: tuple[int, int] = (64, 96)) -> list[np.ndarray]:
    """(H, W, 3) uint8 frames whose colours have nothing to do with their tones."""
    height, width = size
    bend = [
        cv2.GaussianBlur(photo(height, width, seed + n), (0, 0), 6).astype(float) for n in (1, 2)
    ]
    red, blue = (1 + (b - b.mean()) / np.ptp(b) for b in bend)
    return [
        np.clip(np.stack([grey * red, grey, grey * blue], axis=-1), 0, 255).astype(np.uint8)
        for grey in pan(frames, height, width, seed)
    ]


def tinted_shot(
    frames: int, hue: tuple[float, float, float], seed: int = 3, size: tuple[int, int] = (64, 96)
) -> list[np.ndarray]:
    """(H, W, 3) uint8 frames of one hue; (1, 1, 1) is grey."""
    return [(grey[..., None] * np.array(hue)).astype(np.uint8) for grey in pan(frames, *size, seed)]


SEPIA, BLUE, GREY = (1, 0.85, 0.6), (0.45, 0.7, 1), (1, 1, 1)


def write_color(path: Path, frames: Sequence[np.ndarray], pix_fmt: str = "yuv420p") -> Path:
    """A lossless film of RGB frames at 25 a second."""
    with av.open(str(path), "w") as film:
        options = {"level": "3", "g": "1"}
        video = film.add_stream("ffv1", rate=25, options=options)
        video.height, video.width = frames[0].shape[:2]
        video.pix_fmt = pix_fmt
        for number, rgb in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pix_fmt)
            picture.pts, picture.time_base = number, Fraction(1, 25)
            film.mux(video.encode(picture))
        film.mux(video.encode(None))
    return path
