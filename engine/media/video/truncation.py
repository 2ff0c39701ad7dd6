"""Truncation: whether a film's file is shorter than it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from kinemacolor.engine.media.video.container_ends import ending_rule
from kinemacolor.engine.media.video.ebml import EBML_HEADER, LONGEST_HEAD, SEGMENT, element_head
from kinemacolor.engine.media.video.fragment_lists import lacks_last_fragments

_CHUNK = 1 << 20
_FRAGMENT = re.compile(rb"moof\0\0\0\x10mfhd")
_OVERLAP = 11  # bytes: one less than that
_BOXES = frozenset(  # that files are made of at the outermost level
    b"ftyp styp moov moof mfra mdat free skip wide udta uuid meta sidx ssix prft emsg".split()
)


def is_cut_short(path: Path) -> bool:
    """Whether the file ends within a unit of its container, or its fragments break off.

    Some containers have no such units, and some files were never finished: those pass.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(1024)
        walk: Callable[[BinaryIO, int], int] | None = None
        if head[:4] == b"RIFF":
            walk = _riff_end
        elif int.from_bytes(head[:4], "big") == EBML_HEADER:
            walk = _ebml_end
        elif head[4:8] in _BOXES:
            walk = _box_end
        if walk is None:
            rule = ending_rule(head)
            return rule is not None and rule(file, size)
        at = 0
        while at < size:
            file.seek(at)
            end = walk(file, at)
            if end <= at:
                return walk is _box_end and _has_fragments_behind(file, at)
            at = end
        return at > size or (walk is _box_end and lacks_last_fragments(path))


def _has_fragments_behind(file: BinaryIO, at: int) -> bool:
    """Whether fragments of a film lie behind what is no box, where no demuxer finds them."""
    file.seek(at)
    before = b""
    while chunk := file.read(_CHUNK):
        if _FRAGMENT.search(before + chunk):
            return True
        before = chunk[-_OVERLAP:]
    return False


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
