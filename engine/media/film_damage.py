"""Is a film file shorter than its own container says? Told from the outermost boxes alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_EBML_HEADER, _SEGMENT = 0x1A45DFA3, 0x18538067


def is_cut_short(path: Path) -> bool:
    """Whether the file ends before a top-level box of MP4/MOV, AVI or Matroska does.

    Other containers do not say how long they are, nor does one that was never finished.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        walk: Callable[[BinaryIO, int], int] | None = None
        if head[:4] == b"RIFF":
            walk = _riff_end
        elif int.from_bytes(head[:4], "big") == _EBML_HEADER:
            walk = _ebml_end
        elif head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            walk = _box_end
        at = 0
        while walk and at < size:
            file.seek(at)
            end = walk(file, at)
            if end <= at:
                return False
            at = end
        return at > size


def _box_end(file: BinaryIO, at: int) -> int:
    """End of the ISO base media box at `at` (ISO/IEC 14496-12, 4.2); `at` where there is none."""
    head = file.read(16)
    if len(head) < 8 or not head[4:8].isalnum():
        return at
    length = int.from_bytes(head[:4], "big")
    return at + (int.from_bytes(head[8:16], "big") if length == 1 else length)


def _riff_end(file: BinaryIO, at: int) -> int:
    """End of the RIFF chunk at `at`; long AVI files are a row of them (OpenDML)."""
    head = file.read(8)
    length = int.from_bytes(head[4:8], "little")
    return at + 8 + length + length % 2 if head[:4] == b"RIFF" and length else at


def _ebml_end(file: BinaryIO, at: int) -> int:
    """End of the EBML element at `at` (RFC 8794, 4-6); `at` where its length is unknown."""
    number = _variable_integer(file, keep_marker=True)
    length = _variable_integer(file, keep_marker=False)
    if number not in (_EBML_HEADER, _SEGMENT) or length is None:
        return at
    return file.tell() + length


def _variable_integer(file: BinaryIO, *, keep_marker: bool) -> int | None:
    first = file.read(1)
    if not first or not first[0]:
        return None
    width = 9 - first[0].bit_length()
    value = int.from_bytes(first + file.read(width - 1), "big")
    if keep_marker:
        return value
    ones = (1 << 7 * width) - 1
    return None if value & ones == ones else value & ones
