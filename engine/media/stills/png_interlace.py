"""Interlaced PNG (Adam7): seven pictures in one, each of which is decoded as a PNG of its own.

libpng would do it as well, but not without a warning on the terminal.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

import numpy as np

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
# The passes: first column and row, and the steps between them.
_ADAM7 = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)


def is_interlaced(header: bytes) -> bool:
    """Whether an IHDR chunk says so."""
    return header[12] == 1


def passes(header: bytes) -> Iterator[tuple[slice, slice, int, int, int]]:
    """(rows, columns, width, height, bytes a row) of the pictures in a file, by its IHDR chunk."""
    width, height, depth, color = struct.unpack_from(">IIBB", header)
    bits = depth * _CHANNELS.get(color, 4)
    for left, top, across, down in _ADAM7 if is_interlaced(header) else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            stride = 1 + -(-columns * bits // 8)
            yield slice(top, None, down), slice(left, None, across), columns, rows, stride


def decode(
    header: bytes, packed: bytes, decode_one: Callable[[bytes, bytes], np.ndarray]
) -> np.ndarray:
    """Pixels of an interlaced file.

    Args:
        header: its IHDR chunk.
        packed: its IDAT chunks, joined.
        decode_one: pixels of a picture that is not interlaced, by its IHDR and IDAT.

    Raises:
        zlib.error: the data is damaged.
    """
    parts = list(passes(header))
    size = sum(rows * stride for _, _, _, rows, stride in parts)
    raw = zlib.decompressobj().decompress(packed, size)
    pixels: np.ndarray | None = None
    position = 0
    for rows, columns, width, height, stride in parts:
        own = struct.pack(">II", width, height) + header[8:12] + b"\0"
        data = raw[position : position + height * stride]
        part = decode_one(own, zlib.compress(data, 1))
        position += height * stride
        if pixels is None:
            shape = (*struct.unpack_from(">II", header)[::-1], *part.shape[2:])
            pixels = np.empty(shape, part.dtype)
        pixels[rows, columns] = part
    assert pixels is not None  # no picture is empty
    return pixels
