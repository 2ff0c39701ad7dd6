"""Recordings joined to one AVI: where each begins, and whether picture and sound stay together.

An AVI states no times: each stream of the next recording goes on where it ended itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from av.error import FFmpegError

from kinemacolor.engine.media.video.probe import open_film

_CHUNK_HEAD = 8  # bytes, before those that its length counts
_APART = Fraction(1, 10)  # seconds by which sound may be off: a packet, a frame


def avi_begins(file: BinaryIO) -> tuple[int, ...]:
    """Places of the headers of all recordings, in bytes; the further parts of large ones are none.

    Args:
        file: an AVI.
    """
    begins: list[int] = []
    at = 0
    while True:
        file.seek(at)
        head = file.read(12)
        if not head.startswith(b"RIFF") or len(head) < 12:
            return tuple(begins)
        if head[8:] == b"AVI ":
            begins.append(at)
        at += _CHUNK_HEAD + int.from_bytes(head[4:8], "little")
        at += at % 2


def drift_apart(path: Path, begins: tuple[int, ...]) -> bool:
    """Whether streams of a later recording begin at different times.

    Args:
        path: of a film.
        begins: by `avi_begins`.
    """
    starts: defaultdict[int, dict[int, Fraction]] = defaultdict(dict)
    with open_film(path) as film:
        streams = [stream for stream in film.streams if stream.type in ("video", "audio")]
        try:
            for packet in film.demux(streams):
                at = packet.pts if packet.dts is None else packet.dts
                if packet.size and packet.pos is not None and at is not None:
                    take = starts[bisect_right(begins, packet.pos)]
                    take.setdefault(packet.stream.index, at * packet.time_base)
        except FFmpegError:
            pass  # decoding tells what it is
    first = starts.pop(1, {})
    apart = [
        [begin - first.get(stream, 0) for stream, begin in take.items()] for take in starts.values()
    ]
    return any(max(begun) - min(begun) > _APART for begun in apart)
