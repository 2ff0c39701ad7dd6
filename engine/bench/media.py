"""Generated sample media for measurements: the same on every machine, but for last digits."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

SMALLEST, LARGEST = 2.0, 12.0  # megapixels of a photo
_RATIOS = (3 / 2, 4 / 3, 2 / 3, 16 / 9)
_OCTAVES = (3, 6, 12, 24, 48, 96)  # cells a side
_SHAPES = 40


def picture(number: int, side: int = 768) -> np.ndarray:
    """A made-up grey picture: clouds of six sizes and shapes with sharp edges.

    Args:
        number: which; every one is another.
        side: pixels.

    Returns:
        (side, side) uint8.
    """
    rng = np.random.default_rng(number)
    clouds = np.zeros((side, side), np.float32)
    for cells in _OCTAVES:
        layer = rng.standard_normal((cells, cells), np.float32)
        clouds += cv2.resize(layer, (side, side), interpolation=cv2.INTER_CUBIC) / cells
    clouds = 128 + 40 * clouds / clouds.std()
    for _ in range(_SHAPES):
        x, y = rng.integers(0, side, 2).tolist()
        axes = rng.integers(side // 40, side // 8, 2).tolist()
        grey, angle = rng.uniform(20, 235), rng.uniform(0, 180)
        cv2.ellipse(clouds, (x, y), axes, angle, 0, 360, grey, -1, cv2.LINE_AA)
    return np.asarray(clouds.clip(0, 255), np.uint8)


def scene(
    photo: np.ndarray, height: int, width: int, frames: int, *, grain: float = 4.0
) -> Iterator[np.ndarray]:
    """Frames of a shot: a slow pan over an enlarged photo, with grain and flicker.

    Args:
        photo: (H, W) uint8 grey.
        height, width: of the frames, pixels.
        frames: number of frames.
        grain: standard deviation of the grain in 8-bit codes.

    Yields:
        (height, width) uint8, limited range.
    """
    scale = 1.3 * max(height / photo.shape[0], width / photo.shape[1])
    large = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    large = large.astype(np.float32)
    rng = np.random.default_rng(0)
    # Grain is soft-edged: white noise through a small blur, a stock of patterns used in turn.
    noise = rng.normal(0, 1, (8, height, width)).astype(np.float32)
    noise = np.stack([cv2.GaussianBlur(n, (0, 0), 0.7) for n in noise])
    noise *= grain / noise.std()
    room_y, room_x = large.shape[0] - height - 1, large.shape[1] - width - 1
    for i in range(frames):
        phase = 2 * np.pi * i / 240
        y, x = room_y * (0.5 + 0.5 * np.sin(phase)), room_x * (0.5 - 0.5 * np.cos(phase))
        centre = (float(x + (width - 1) / 2), float(y + (height - 1) / 2))
        view = cv2.getRectSubPix(large, (width, height), centre)
        flicker = 1 + 0.02 * rng.standard_normal()
        codes = 16 + (view * flicker + noise[rng.integers(8)]) * (219 / 255)
        yield codes.clip(16, 235).astype(np.uint8)


def write_film(path: Path, frames: Iterable[np.ndarray], *, rate: int = 24) -> None:
    """Write luma planes as a grey H.264 film at visually lossless quality.

    Args:
        path: of the film; its suffix names the container.
        frames: (H, W) uint8, limited range, all of one size.
        rate: frames a second.
    """
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=rate, options={"crf": "16", "preset": "veryfast"})
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, rate)
        for number, luma in enumerate(frames):
            if not number:
                stream.height, stream.width = luma.shape
            frame = av.VideoFrame.from_ndarray(luma, format="gray")
            frame = frame.reformat(format="yuv420p", src_color_range=1, dst_color_range=1)
            frame.pts = number
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


def photos(count: int, motif: np.ndarray) -> list[bytes]:
    """Grey JPEGs, 2 to 12 megapixels evenly spread, upright and lying, with grain.

    Args:
        count: of photos.
        motif: (H, W) uint8 grey, which all of them show, enlarged.
    """
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        size = SMALLEST + (LARGEST - SMALLEST) * number / max(1, count - 1)
        ratio = _RATIOS[number % len(_RATIOS)]
        shape = round((size * 1e6 * ratio) ** 0.5), round((size * 1e6 / ratio) ** 0.5)
        large = cv2.resize(motif, shape, interpolation=cv2.INTER_CUBIC).astype(np.float32)
        grain = rng.standard_normal(shape[::-1], np.float32)
        large += 8 * cv2.GaussianBlur(grain, (0, 0), 1.0)
        codes = large.clip(0, 255).astype(np.uint8)
        _, code = cv2.imencode(".jpg", codes, [cv2.IMWRITE_JPEG_QUALITY, 90])
        made.append(code.tobytes())
    return made


def write_photos(path: Path, contents: Iterable[bytes]) -> None:
    """Write a zip of JPEGs."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"{number:05}.jpg", content)
