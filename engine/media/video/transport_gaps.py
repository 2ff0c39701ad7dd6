"""Gaps in a transport stream: packets that are missing by its continuity counter.

FFmpeg marks packets beside a gap, but says nothing where whole pictures are gone.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinemacolor.engine.media.video.container_ends import SYNC, ts_packet

_AT_ONCE = 1 << 16  # packets


def transport_gaps(path: Path, pid: int) -> list[int]:
    """Places in the file before which packets of a stream are missing, or the file is no stream.

    Where recordings were joined there is one as well.

    Args:
        path: of a transport stream (ISO/IEC 13818-1), its packets of 188, 192 or 204 bytes.
        pid: the stream's number.
    """
    data = np.memmap(path, np.uint8, "r")
    found = ts_packet(data[:1024].tobytes())
    if found is None:
        return []
    (length, offset), at, gaps = found, 0, []
    counter: int | None = None
    while at + length <= len(data):
        rows = data[at : at + _AT_ONCE * length]
        rows = rows[: len(rows) // length * length].reshape(-1, length)[:, offset:]
        good = rows[:, 0] == SYNC[0]
        count = len(rows) if good.all() else int(good.argmin())
        places, counter = _jumps(rows[:count], pid, counter)
        gaps += [at + place * length for place in places]
        at += count * length
        if count < len(rows):
            gaps.append(at)
            at, counter = _next_packet(data, at + 1, length, offset), None
    return gaps


def _jumps(rows: np.ndarray, pid: int, counter: int | None) -> tuple[list[int], int | None]:
    """Numbers of the packets whose counter does not follow the one before, and the last counter.

    Args:
        rows: packets from their sync byte on.
        pid: of the stream.
        counter: of its packet before these; None where that is not known.
    """
    own = ((rows[:, 1] & 0x1F).astype(int) << 8 | rows[:, 2]) == pid
    own &= (rows[:, 3] & 0x10) > 0  # packets without content do not count
    numbers = np.flatnonzero(own)
    if not len(numbers):
        return [], counter
    packets = rows[numbers]
    counters = (packets[:, 3] & 0x0F).astype(int)
    first = counters[0] - 1 if counter is None else counter
    steps = np.diff(counters, prepend=first) % 16
    announced = (packets[:, 3] & 0x20 > 0) & (packets[:, 4] > 0) & (packets[:, 5] & 0x80 > 0)
    jumps = (steps > 1) & ~announced  # a packet may be sent twice
    return numbers[jumps].tolist(), int(counters[-1])


def _next_packet(data: np.ndarray, at: int, length: int, offset: int) -> int:
    """Where three packets in a row begin, at or behind a place; the file's end if nowhere."""
    while at + offset + 2 * length < len(data):
        part = data[at + offset : at + offset + _AT_ONCE + 2 * length] == SYNC[0]
        starts = np.flatnonzero(part[: -2 * length] & part[length:-length] & part[2 * length :])
        if len(starts):
            return at + int(starts[0])
        at += _AT_ONCE
    return len(data)
