"""Fragments that an MP4 lists and has not (ISO/IEC 14496-12, 8.8.10 and 8.16.3)."""

from __future__ import annotations

from pathlib import Path

from kinemacolor.engine.media.video.fragment_gaps import fragment_gaps
from kinemacolor.engine.media.video.mp4_boxes import boxes, top_boxes

_MOST_BYTES = 1 << 26  # of a list that is read


def lacks_last_fragments(path: Path) -> bool:
    """Whether a list of fragments goes on where the file has no more of them.

    Those that are missing before others are known to `fragment_gaps`.

    Args:
        path: of an MP4 or QuickTime file.
    """
    last = end = listed_end = listed_last = 0
    with path.open("rb") as file:
        for kind, start, size in top_boxes(file):
            if kind == b"moof":
                last = start - 8
            if kind != b"mfra":
                end = start + size
            if kind in (b"sidx", b"mfra") and size <= _MOST_BYTES:
                file.seek(start)
                content = file.read(size)
                if kind == b"sidx":
                    listed_end = max(listed_end, end + _listed_bytes(content))
                else:
                    tracks = (inner for name, inner in boxes(content) if name == b"tfra")
                    listed_last = max(map(_last_place, tracks), default=0)
    lacks = listed_end > end or (last and listed_last > last)
    return bool(lacks) and not fragment_gaps(path)


def _listed_bytes(sidx: bytes) -> int:
    """How many bytes behind a segment index are in its segments, or before them."""
    at, width = (20, 8) if sidx[:1] == b"\1" else (16, 4)
    total = int.from_bytes(sidx[at : at + width], "big")
    at += width + 4
    count = int.from_bytes(sidx[at - 2 : at], "big")
    for entry in range(at, at + 12 * count, 12):
        total += int.from_bytes(sidx[entry : entry + 4], "big") & 0x7FFFFFFF
    return total


def _last_place(tfra: bytes) -> int:
    """Where the last of the fragments begins that a track's list of random access names."""
    width = 8 if tfra[:1] == b"\1" else 4
    lengths = int.from_bytes(tfra[8:12], "big")
    entry = 2 * width + 3 + sum(lengths >> shift & 3 for shift in (0, 2, 4))
    at = 16 + entry * (int.from_bytes(tfra[12:16], "big") - 1) + width
    return int.from_bytes(tfra[at : at + width], "big")
