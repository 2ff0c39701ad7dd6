"""Operations on planes of code values: resizing, and looking them up in a table."""

from __future__ import annotations

import cv2
import numpy as np

_PIECE = 16384  # columns


def look_up(table: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """`table[codes]`, by the quickest way for their depth.

    Args:
        table: (256,) or (65536,), of any dtype that OpenCV has.
        codes: (H, W) or (H, W, C), uint8 or uint16.
    """
    return cv2.LUT(codes, table) if codes.dtype == np.uint8 else table[codes]


def interpolate(table: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A table's values at the places `x` (column), `y` (row), (H, W) float32, bilinear; clamped.

    In pieces where there are many columns: OpenCV takes fewer than 32,767.
    """
    pieces = [
        cv2.remap(
            table,
            x[:, start : start + _PIECE],
            y[:, start : start + _PIECE],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for start in range(0, x.shape[1], _PIECE)
    ]
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)


def resize_plane(plane: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A plane at another (rows, columns): area-averaged where it shrinks, else bilinear."""
    if plane.shape[:2] == shape:
        return plane
    shrinks = shape[0] <= plane.shape[0] and shape[1] <= plane.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(plane, shape[::-1], interpolation=interpolation)


def planes_of(ab: np.ndarray) -> np.ndarray:
    """(h, w, c) as contiguous (c, h, w); no copy where it lies in memory by planes already.

    OpenCV is several times as quick with planes of one channel, and NumPy with whole planes.
    """
    return np.ascontiguousarray(np.moveaxis(ab, 2, 0))


def pixels_of(planes: np.ndarray) -> np.ndarray:
    """(c, h, w) as (h, w, c), which goes on lying in memory by planes."""
    return np.moveaxis(planes, 0, 2)


def resize_planes(planes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(c, h, w) at another (rows, columns), each plane as by `resize_plane`."""
    return np.stack([resize_plane(plane, shape) for plane in planes])


def halved(plane: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A plane with both sides halved as long as they are even and 4 times `shape` or more.

    Averaging by whole pixels takes a fraction of the time of averaging by parts of them. The border
    of an average of more than 4 x 4 pixels then lies up to a pixel off: half a code in the mean, a
    few at sharp edges.
    """
    while halves(plane.shape, shape):
        plane = resize_plane(plane, (plane.shape[0] // 2, plane.shape[1] // 2))
    return plane


def halves(have: tuple[int, ...], want: tuple[int, int]) -> bool:
    """Whether `halved` halves a plane of `have` rows and columns, where `want` are wanted."""
    return not any(side % 2 for side in have) and all(
        side >= 4 * least for side, least in zip(have, want, strict=True)
    )
