"""The rows of a damaged PNG that can still be unpacked; those behind the damage are black."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from kinemacolor.engine.media.stills.png_interlace import passes

_FILTERS = 5
_STEP = 4096

Chunks = Sequence[tuple[bytes, bytes]]  # (type, body)


def repaired(chunks: Chunks) -> list[tuple[bytes, bytes]]:
    """Chunks with one IDAT in place of all, which holds every row.

    Args:
        chunks: of the file, IHDR first; IDATs may be cut short or damaged.
    """
    header = chunks[0][1]
    lengths = [stride for _, _, _, rows, stride in passes(header) for _ in range(rows)]
    packed = b"".join(body for kind, body in chunks if kind == b"IDAT")
    raw = bytearray(unpacked(packed, sum(lengths)).ljust(sum(lengths), b"\0"))
    position = 0
    for length in lengths:
        if raw[position] >= _FILTERS:
            raw[position] = 0
        position += length
    kept = [(kind, body) for kind, body in chunks if kind not in (b"IDAT", b"IEND")]
    return [*kept, (b"IDAT", zlib.compress(raw, 1)), (b"IEND", b"")]


def unpacked(data: bytes, size: int) -> bytes:
    """What a zlib stream holds before its damage, up to a size."""
    unpacker = zlib.decompressobj()
    parts, found = [], 0
    step = _STEP
    position = 0
    while position < len(data) and found < size:
        before = unpacker.copy()
        try:
            part = unpacker.decompress(data[position : position + step], size - found)
        except zlib.error:
            if step == 1:
                break
            unpacker, step = before, 1  # up to the damaged byte
            continue
        parts.append(part)
        found += len(part)
        position += step
    return b"".join(parts)
