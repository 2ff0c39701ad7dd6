"""Small clips in colour: a camera that moves over a picture by whole pixels."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np


def color_pan(frames: int, height: int = 64, width: int = 96, step: int = 2) -> list[np.ndarray]:
    """(H, W, 3) uint8 R'G'B' of a view that moves to the right by `step` pixels a frame."""
    rng = np.random.default_rng(0)
    whole = (height, width + step * frames)
    hues = cv2.resize(rng.random((4, 8, 3), np.float32), whole[::-1], interpolation=cv2.INTER_CUBIC)
    detail = cv2.GaussianBlur(rng.normal(0, 1, whole).astype(np.float32), (0, 0), 1.5)
    rgb = (0.15 + 0.7 * hues.clip(0, 1) + 0.25 * detail[..., None]).clip(0.02, 0.98)
    codes = np.rint(rgb * 255).astype(np.uint8)
    return [np.ascontiguousarray(codes[:, n * step : n * step + width]) for n in range(frames)]


def write_pictures(folder: Path, frames: list[np.ndarray]) -> Path:
    """A folder of PNGs, as DAVIS names them."""
    folder.mkdir(parents=True)
    for number, rgb in enumerate(frames):
        cv2.imwrite(str(folder / f"{number:05}.png"), rgb[..., ::-1])
    return folder


def write_color_film(path: Path, frames: list[np.ndarray]) -> Path:
    """A film in lossless R'G'B'."""
    with av.open(str(path), "w") as film:
        video = film.add_stream("ffv1", rate=25)
        video.height, video.width = frames[0].shape[:2]
        video.pix_fmt = "bgr0"
        for number, rgb in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="bgr0")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            film.mux(video.encode(picture))
        film.mux(video.encode(None))
    return path
