"""EXIF blocks: reading the orientation, removing the thumbnail.

A block is a TIFF structure whose maker notes hold offsets of their own, so it is never rewritten:
only the pointer to the thumbnail's directory is cleared.
"""

from __future__ import annotations

import struct

_PREFIX = b"Exif\0\0"
_ORIENTATION = 0x0112
_THUMBNAIL_OFFSET, _THUMBNAIL_LENGTH = 0x0201, 0x0202


def bare(block: bytes) -> bytes:
    """TIFF structure of a block, without the "Exif" header of JPEG and some WebP files."""
    return block.removeprefix(_PREFIX)


def begins(block: bytes) -> bool:
    """Whether a block begins here; else it is a further part of one."""
    return bare(block).startswith((b"II*\0", b"MM\0*"))


def orientation(block: bytes | None) -> int:
    """EXIF orientation, 1 to 8; 1 where the block has no valid one."""
    try:
        value = _directory(block or b"")[1].get(_ORIENTATION, 1)
    except (struct.error, ValueError):
        return 1
    return value if 1 <= value <= 8 else 1


def without_thumbnail(block: bytes) -> bytes:
    """Block without its thumbnail, which would still show the grey picture.

    The pointer to the second directory is cleared, and the thumbnail's bytes are removed where they
    stand last. A block that cannot be parsed is returned unchanged.
    """
    try:
        order, _, link = _directory(block)
        (second,) = struct.unpack_from(order + "I", block, link)
        if second == 0:
            return block
        entries = _entries(block, order, second)[0]
    except (struct.error, ValueError):
        return block
    start, length = entries.get(_THUMBNAIL_OFFSET, 0), entries.get(_THUMBNAIL_LENGTH, 0)
    kept = bytearray(block)
    struct.pack_into(order + "I", kept, link, 0)
    if max(second, link + 4) < start and start + length >= len(block) - 1:
        del kept[start:]
    return bytes(kept)


def _directory(block: bytes) -> tuple[str, dict[int, int], int]:
    """(byte order, short values of the first directory, position of the pointer to the second)."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        raise ValueError("no TIFF structure")
    (first,) = struct.unpack_from(order + "I", block, 4)
    return order, *_entries(block, order, first)


def _entries(block: bytes, order: str, start: int) -> tuple[dict[int, int], int]:
    (count,) = struct.unpack_from(order + "H", block, start)
    values = {}
    for position in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(order + "HH", block, position)
        if kind in (3, 4):  # SHORT, LONG
            (values[tag],) = struct.unpack_from(order + " HI"[kind - 2], block, position + 8)
    return values, start + 2 + 12 * count
