"""Truncation: whether a film's file is shorter than its outermost boxes say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from kinemacolor.engine.media.video.ebml import EBML_HEADER, LONGEST_HEAD, SEGMENT, element_head

_BOXES = frozenset(  # that files are made of at the outermost level
    b"ftyp styp moov moof mfra mdat free skip wide udta uuid meta sidx ssix prft emsg".split()
)


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
        elif int.from_bytes(head[:4], "big") == EBML_HEADER:
            walk = _ebml_end
        elif head[4:8] in _BOXES:
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
    if head[4:8] not in _BOXES:
        return at
    length = int.from_bytes(head[:4], "big")
    return at + (int.from_bytes(head[8:16], "big") if length == 1 else length)


def _riff_end(file: BinaryIO, at: int) -> int:
    """End of the RIFF chunk at `at`; long AVI files are a row of them (OpenDML)."""
    head = file.read(8)
    length = int.from_bytes(head[4:8], "little")
    return at + 8 + length + length % 2 if head[:4] == b"RIFF" and length else at


def _ebml_end(file: BinaryIO, at: int) -> int:
    """End of the EBML element at `at`; `at` where its length is unknown."""
    number, length, start = element_head(file.read(LONGEST_HEAD))
    return at if number not in (EBML_HEADER, SEGMENT) or length is None else at + start + length
