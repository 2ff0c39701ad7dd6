"""Pictures in memory, as the functions here take them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


def check_pixels(image: Pixels) -> Pixels:
    """A picture as it came.

    Raises:
        ValueError: another type or shape than the engine takes.
    """
    if not isinstance(image, np.ndarray):
        raise ValueError(f"a picture of {type(image).__name__}: an array or a path is wanted")
    if image.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"a picture of {image.dtype}: uint8 or uint16 is wanted")
    if image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)) or not image.size:
        raise ValueError(f"a picture of shape {image.shape}: (H, W) or (H, W, 3) is wanted")
    return image
