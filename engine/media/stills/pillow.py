"""Pillow's decoders behind this project's own bound on a picture's size."""

from __future__ import annotations

import io
import threading

from PIL import Image

_LOCK = threading.Lock()


def open_checked(data: bytes) -> Image.Image:
    """Open a file in Pillow, whose own, lower bound on pixels is not asked.

    The caller has checked the size in the header with `check_size`; pixels are decoded later.

    Args:
        data: the whole file.
    """
    with _LOCK:  # Pillow knows its bound only as a global of the whole process
        bound = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None
        try:
            return Image.open(io.BytesIO(data))
        finally:
            Image.MAX_IMAGE_PIXELS = bound
