"""Whether JPEG pictures in a packet have all that they name: segments in a row, each scan."""

from __future__ import annotations

import re

_START = b"\xff\xd8\xff"  # of every picture, and what its first segment begins with
_NEXT = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # no stuffing, restart, filler (T.81, B.1.1)
_NEXT_OF_JPEG_LS = re.compile(rb"\xff[\x80-\xfe]")  # coded data stuff a bit (T.87, A.1)
_FILLER, _TEMPORARY, _END, _SCAN, _FRAME_OF_JPEG_LS = 0xFF, 0x01, 0xD9, 0xDA, 0xF7
_LOWEST = 0xC0  # of the markers in use, but for `_TEMPORARY`
_FRAMES = frozenset((*range(_LOWEST, 0xD0), _FRAME_OF_JPEG_LS)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))


def lacks_a_scan(data: bytes, *, is_jpeg_ls: bool = False) -> bool:
    """Whether a picture's segments are broken, or a component of it has no coded data.

    Args:
        data: of a packet: pictures, two where they are fields, and what may follow each.
        is_jpeg_ls: it is ITU-T T.87; T.81 otherwise.
    """
    at = data.find(_START)
    while at >= 0:
        end = _end_of_picture(data, at + 2, _NEXT_OF_JPEG_LS if is_jpeg_ls else _NEXT)
        if end is None:
            return True
        at = data.find(_START, end)
    return False


def _end_of_picture(data: bytes, at: int, next_marker: re.Pattern[bytes]) -> int | None:
    """Where a whole picture ends whose first segment is at a place; None where it is not whole."""
    missing: int | None = None  # components without coded data, once they are named
    is_progressive = False
    while at + 1 < len(data):
        marker = data[at + 1]
        if data[at] != _FILLER or not (marker == _TEMPORARY or marker >= _LOWEST):
            return None
        if marker in (_FILLER, _TEMPORARY):
            at += 1 if marker == _FILLER else 2
            continue
        if marker == _END:
            return None if missing and missing > 0 else at + 2
        begin, at = at + 4, at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if at > len(data) or begin > at:
            return None
        if marker in _FRAMES and at - begin > 5:
            missing, is_progressive = data[begin + 5], marker in _PROGRESSIVE
        if marker == _SCAN:
            if missing is None:
                return None
            first, _, approximation = data[at - 3 : at]
            if not is_progressive or (first == 0 and approximation >> 4 == 0):
                missing -= data[begin]
            found = next_marker.search(data, at)
            at = found.start() if found else len(data)
    return None if missing and missing > 0 else len(data)
