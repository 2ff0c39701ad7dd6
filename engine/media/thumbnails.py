"""Thumbnails: small upright JPEGs of stills, and of single frames of films."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
from PIL import ImageOps

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import read_still, to_upright
from kinemacolor.engine.media.stills.pillow import open_checked

SIDE = 320  # pixels of the longer side
_QUALITY = 82
_JPEG = b"\xff\xd8\xff"


def still_thumbnail(data: bytes, name: str) -> bytes:
    """A still as a JPEG of at most `SIDE` pixels a side.

    Args:
        data: the whole file.
        name: of the file.

    Raises:
        MediaError: it cannot be read; Pillow's errors where a JPEG cannot.
    """
    if data.startswith(_JPEG):  # libjpeg decodes an eighth of it in an eighth of the time
        with open_checked(data) as image:
            image.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(image)
            return _encode(np.asarray(upright.convert("RGB")))
    still = read_still(data, name)
    pixels = to_upright(still.space.in_srgb(still.pixels), still.orientation)
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if still.alpha is not None:
        alpha = (
            to_upright(still.alpha, still.orientation)[..., None] / np.iinfo(still.alpha.dtype).max
        )
        pixels = pixels if pixels.ndim == 3 else pixels[..., None]
        pixels = (pixels * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return _encode(pixels)


def film_thumbnail(path: Path, number: int, at: float | None = None) -> bytes:
    """A frame of a film as a JPEG of at most `SIDE` pixels a side, as a player shows it.

    Args:
        path: of the film.
        number: of the frame from 0; of the last one where there are fewer.
        at: seconds from the film's start, from which `number` counts; None is from its first frame.

    Raises:
        MediaError: the film cannot be read, or has no such frame.
    """
    from kinemacolor.engine.media.video.frame_times import frame_times, read_numbered
    from kinemacolor.engine.media.video.probe import probe

    info = probe(path)
    times = frame_times(info)
    if times is not None:
        if at is not None:
            number += times.number_at(info.start + at / float(info.time_base))
        number = min(number, len(times) - 1)
    with closing(read_numbered(info, times, number, number + 1, salvage=True)) as frames:
        frame = next(frames, None)
    if frame is None:
        raise MediaError(path, f"has no frame {number}")
    spaces = {"bt601": "ITU601", "bt709": "ITU709"}
    rgb: np.ndarray = frame.av_frame.reformat(
        format="rgb24", src_colorspace=spaces.get(info.encoding.matrix, "DEFAULT")
    ).to_ndarray()
    aspect = info.sample_aspect_ratio
    if aspect and aspect != 1:
        height, width = rgb.shape[:2]
        rgb = cv2.resize(rgb, (max(1, round(width * aspect)), height), interpolation=cv2.INTER_AREA)
    return _encode(np.rot90(rgb, info.rotation // 90))


def _encode(pixels: np.ndarray) -> bytes:
    """(H, W) grey or (H, W, 3) RGB uint8 as a small JPEG."""
    scale = min(1.0, SIDE / max(pixels.shape[:2]))
    height, width = (max(1, round(scale * side)) for side in pixels.shape[:2])
    small = cv2.resize(np.ascontiguousarray(pixels), (width, height), interpolation=cv2.INTER_AREA)
    if small.ndim == 3:
        small = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    _, code = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return code.tobytes()
