"""TIFFs of one strip, written tag by tag."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from tests.engine.media.stills.pictures import gradient

HEIGHT, WIDTH = 48, 64


BYTE, SHORT, LONG, RATIONAL, SRATIONAL, FLOAT = 1, 3, 4, 5, 10, 11


BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, COLORMAP, EXTRA = 258, 259, 262, 277, 320, 338


def by_hand(
    data: bytes, tags: dict[int, tuple[int, Sequence[float]]], *, leave_out: Sequence[int] = ()
) -> bytes:
    """A TIFF of one strip."""
    tags = {
        256: (LONG, [WIDTH]), 257: (LONG, [HEIGHT]), COMPRESSION: (SHORT, [1]), 273: (LONG, [8]),
        278: (LONG, [HEIGHT]), 279: (LONG, [len(data)]), **tags,
    }  # fmt: skip
    tags = {code: value for code, value in tags.items() if code not in leave_out}
    data += b"\0" * (len(data) % 2)
    start = 8 + len(data)
    tail = start + 2 + 12 * len(tags) + 4
    rows, values = b"", b""
    for code, (kind, numbers) in sorted(tags.items()):
        form = {BYTE: "B", SHORT: "H", LONG: "I", RATIONAL: "I", SRATIONAL: "i", FLOAT: "f"}[kind]
        packed = struct.pack(f"<{len(numbers)}{form}", *numbers)
        count = len(numbers) // 2 if kind in (RATIONAL, SRATIONAL) else len(numbers)
        place = packed.ljust(4, b"\0")
        if len(packed) > 4:
            place = struct.pack("<I", tail + len(values))
            values += packed + b"\0" * (len(packed) % 2)
        rows += struct.pack("<HHI", code, kind, count) + place
    head = b"II*\0" + struct.pack("<I", start)
    return head + data + struct.pack("<H", len(tags)) + rows + bytes(4) + values


RAMP = [value * 257 for value in range(256)]


GREY = gradient()


FADED = np.flipud(GREY)
