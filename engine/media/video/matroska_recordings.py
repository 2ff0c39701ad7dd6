"""Where recordings begin in a Matroska file, and which of them FFmpeg's demuxer reads.

Behind a segment that states its length, it passes over every other one that does.
"""

from __future__ import annotations

import mmap
from bisect import bisect_right
from pathlib import Path
from typing import BinaryIO

from av.error import FFmpegError

from kinemacolor.engine.media.video.ebml import (
    EBML_HEADER,
    LONGEST_HEAD,
    SEGMENT,
    element_head,
)
from kinemacolor.engine.media.video.probe import open_film

_MAGIC = EBML_HEADER.to_bytes(4, "big")
_LONGEST_HEADER = 1 << 10  # bytes; some 40 are usual


def matroska_begins(file: BinaryIO) -> tuple[int, ...]:
    """Places of the headers of all recordings, in bytes.

    Args:
        file: whatever it holds; nothing is found in what is no Matroska.
    """
    begins: list[int] = []
    end = file.seek(0, 2)
    at = 0
    while at < end:
        behind = _segment_behind(file, at)
        if behind is None:
            number, length, start = _head(file, at)
            if not begins or number is None or length is None:
                break
            at += start + length  # such as an element of padding
            continue
        begins.append(at)
        _, length, start = _head(file, behind)
        at = _next_header(file, behind) if length is None else behind + start + length
    return tuple(begins)


def unread_recordings(path: Path, begins: tuple[int, ...]) -> int:
    """How many of the recordings give no packet.

    Args:
        path: of a film.
        begins: by `matroska_begins`.
    """
    read = set()
    with open_film(path) as film:
        try:
            for packet in film.demux():
                if packet.size and packet.pos is not None:
                    read.add(bisect_right(begins, packet.pos))
        except FFmpegError:
            pass  # decoding tells what it is
    return len(begins) - len(read)


def _head(file: BinaryIO, at: int) -> tuple[int | None, int | None, int]:
    file.seek(at)
    return element_head(file.read(LONGEST_HEAD))


def _segment_behind(file: BinaryIO, at: int) -> int | None:
    """Where the segment begins that a recording's header at `at` is of; None is no header."""
    number, length, start = _head(file, at)
    if number != EBML_HEADER or length is None or length > _LONGEST_HEADER:
        return None
    behind = at + start + length
    return behind if _head(file, behind)[0] == SEGMENT else None


def _next_header(file: BinaryIO, at: int) -> int:
    """Where the next recording begins; the file's end where there is none."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        while (at := data.find(_MAGIC, at)) >= 0:
            if _segment_behind(file, at) is not None:
                return at
            at += len(_MAGIC)
        return len(data)
