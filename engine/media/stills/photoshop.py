"""Photoshop image resource blocks (8BIM), which hold IPTC captions and, at times, a thumbnail."""

from __future__ import annotations

import struct

_THUMBNAILS = (0x0409, 0x040C)


def without_thumbnail(resources: bytes) -> bytes:
    """Resource blocks without the thumbnails, which would still show the grey picture.

    Everything else, IPTC-IIM (0x0404) among it, stays byte for byte; so does what cannot be parsed.
    """
    kept, position = [], 0
    while resources[position : position + 4] == b"8BIM":
        try:
            identifier, name_length = struct.unpack_from(">HB", resources, position + 4)
            head = position + 6 + (name_length + 2) // 2 * 2  # the name with its length is padded
            (length,) = struct.unpack_from(">I", resources, head)
        except struct.error:
            break
        end = head + 4 + length + length % 2
        if identifier not in _THUMBNAILS:
            kept.append(resources[position:end])
        position = end
    return b"".join(kept) + resources[position:]
