"""Sample reels for benchmarks: a camera move over a photo, with grain and flicker."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from skimage import data


def scene(height: int, width: int, frames: int, *, grain: float = 4.0) -> Iterator[np.ndarray]:
    """Frames of a reel: a slow pan over an enlarged photo, with grain and flicker.

    Args:
        height, width: pixels.
        frames: number of frames.
        grain: standard deviation of the grain in 8-bit codes.

    Yields:
        (height, width) uint8, limited range.
    """
    photo = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)
    scale = 1.3 * max(height / photo.shape[0], width / photo.shape[1])
    photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    photo = photo.astype(np.float32)
    rng = np.random.default_rng(0)
    # Grain is soft-edged: white noise through a small blur, a stock of patterns used in turn.
    noise = rng.normal(0, 1, (8, height, width)).astype(np.float32)
    noise = np.stack([cv2.GaussianBlur(n, (0, 0), 0.7) for n in noise])
    noise *= grain / noise.std()
    room_y, room_x = photo.shape[0] - height - 1, photo.shape[1] - width - 1
    for i in range(frames):
        phase = 2 * np.pi * i / 240
        y, x = room_y * (0.5 + 0.5 * np.sin(phase)), room_x * (0.5 - 0.5 * np.cos(phase))
        centre = (float(x + (width - 1) / 2), float(y + (height - 1) / 2))
        view = cv2.getRectSubPix(photo, (width, height), centre)
        flicker = 1 + 0.02 * rng.standard_normal()
        codes = 16 + (view * flicker + noise[rng.integers(8)]) * (219 / 255)
        yield codes.clip(16, 235).astype(np.uint8)


def write_reel(
    path: Path, height: int, width: int, frames: int, *, rate: int = 24, grain: float = 4.0
) -> None:
    """Write `scene` as a grey H.264 film at visually lossless quality."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=rate, options={"crf": "16", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, rate)
        for number, luma in enumerate(scene(height, width, frames, grain=grain)):
            picture = av.VideoFrame.from_ndarray(luma, format="gray")
            picture = picture.reformat(format="yuv420p", src_color_range=1, dst_color_range=1)
            picture.pts = number
            film.mux(stream.encode(picture))
        film.mux(stream.encode(None))
