"""Raw Motion JPEG: a film that is nothing but JPEG pictures, one right behind the other.

Its beginning is that of a still. Behind a still's end may be a second picture, too: a preview, the
other eye of a stereo camera. Those are smaller, or listed in the first (Multi-Picture Format).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".mjpeg", ".mjpg")
HEAD = b"\xff\xd8\xff"  # of every JPEG
_LONGEST = 1 << 24  # bytes of a frame that is looked through
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOS, _EOI, _APP2 = 0xDA, 0xD9, 0xE2
_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))


def is_raw_mjpeg(path: Path) -> bool:
    """Whether a file is raw Motion JPEG: by its suffix, or as it begins with two like pictures.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        head = file.read(len(HEAD))
        if head != HEAD or path.suffix.lower() in SUFFIXES:
            return head == HEAD
        return begins_with_two_frames(head + file.read(_LONGEST))


def begins_with_two_frames(content: bytes) -> bool:
    """Whether a JPEG is followed at once by another of its size, and does not list it itself."""
    size, end = _size_and_end(content, 0)
    if size is None or end is None or not content.startswith(HEAD, end):
        return False
    return _size_and_end(content, end)[0] == size


def _size_and_end(content: bytes, start: int) -> tuple[bytes | None, int | None]:
    """Height and width of the JPEG at a place as they are stored, and where it ends, if it does."""
    size = None
    for marker, at, length in _segments(content, start + 2):
        if marker == _APP2 and content.startswith(b"MPF\0", at + 2):
            return None, None
        if marker in _SOF:
            size = content[at + 3 : at + 7]
        if marker == _SOS:
            end = content.find(b"\xff\xd9", at + length)
            return size, end + 2 if end >= 0 else None
    return size, None


def _segments(content: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Marker, place and length of the segments up to the first scan."""
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF or marker in _WITHOUT_LENGTH:  # a fill byte; a marker alone
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _EOI:
            return
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        yield marker, at + 2, length
        if marker == _SOS:
            return
        at += 2 + length
