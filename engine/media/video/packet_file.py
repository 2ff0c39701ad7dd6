"""Encoded frames of one segment, as the encoder gave them, until their film is put together.

No container serves: NUT has no ProRes and moves times that begin below zero; Matroska, MP4 and MOV
rewrite H.264 and HEVC, and a muxer would do so twice. So: the packets one after another, a table of
them as JSON, and the length of the table in the last 8 bytes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import av

from kinemacolor.engine.errors import MediaError


@dataclass(frozen=True)
class PacketTable:
    """What a packet file holds, in the order of decoding.

    Args:
        headers: the encoder's own (extradata), as hex.
        times, durations: in the film's time base.
        ahead: by how many frames decoding runs ahead of showing.
        sizes: bytes.
        checks: CRC-32 of the packets.
        keys: whether decoding can begin there.
    """

    headers: str
    ahead: int
    times: list[int]
    durations: list[int]
    sizes: list[int]
    checks: list[int]
    keys: list[bool]


class PacketFile:
    """Writes packets; `finish` adds the table."""

    def __init__(self, file: BinaryIO, headers: bytes) -> None:
        self._file = file
        self._headers = headers.hex()
        self._packets: list[tuple[int, int, int, int, int, bool]] = []

    def add(self, packet: Any) -> None:
        """Append a packet that the encoder gave."""
        content = bytes(packet)
        self._file.write(content)
        facts = (len(content), zlib.crc32(content), packet.is_keyframe)
        self._packets.append((packet.dts, packet.pts, packet.duration, *facts))

    def finish(self) -> None:
        """Append the table."""
        decoded, times, *others = map(list, zip(*self._packets, strict=True))
        ahead = sum(time < min(times) for time in decoded)
        table = json.dumps(asdict(PacketTable(self._headers, ahead, times, *others))).encode()
        self._file.write(table + len(table).to_bytes(8, "big"))


def read_table(path: Path) -> PacketTable:
    """The table of a packet file.

    Raises:
        MediaError: the file is not there or not whole.
    """
    try:
        with open(path, "rb") as file:
            end = file.seek(-8, 2)
            length = int.from_bytes(file.read(8), "big")
            file.seek(end - length)
            table = PacketTable(**json.loads(file.read(length)))
        if sum(table.sizes) != end - length:
            raise ValueError
    except (OSError, ValueError, TypeError) as error:
        raise _damaged(path) from error
    return table


def read_packets(path: Path, table: PacketTable) -> Iterator[Any]:
    """The packets of a file, with presentation times and durations but no decoding times yet.

    Raises:
        MediaError: the file is damaged.
    """
    rows = zip(table.times, table.durations, table.sizes, table.checks, table.keys, strict=True)
    with open(path, "rb") as file:
        for time, duration, size, checked, key in rows:
            content = file.read(size)
            if zlib.crc32(content) != checked:
                raise _damaged(path)
            packet = av.Packet(content)
            packet.pts, packet.duration, packet.is_keyframe = time, duration, key
            yield packet


def _damaged(path: Path) -> MediaError:
    return MediaError(path, "is no whole segment of a film", "remove it, and run again")
