"""A packet file: the encoded frames of one segment, kept until their film is assembled.

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
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from kinemacolor.engine.errors import MediaError

SCHEMA = 1  # of the table
# The keys of tables without a schema, which the first version wrote.
_OLD_KEYS = {
    "headers": "extradata",
    "ahead": "decode_delay",
    "times": "pts",
    "checks": "crc32",
    "keys": "keyframes",
}


@dataclass(frozen=True)
class PacketTable:
    """What a packet file holds, in the order of decoding.

    Args:
        extradata: the encoder's headers, as hex.
        decode_delay: frames by which decoding has to run ahead of presentation (B-frames).
        pts, durations: in the film's time base.
        sizes: bytes.
        crc32: CRC-32 of the packets.
        keyframes: whether decoding can begin there.
    """

    extradata: str
    decode_delay: int
    pts: list[int]
    durations: list[int]
    sizes: list[int]
    crc32: list[int]
    keyframes: list[bool]


class PacketFile:
    """Writes packets one after another; `finish` adds the table.

    Args:
        file: open for writing, and empty.
        extradata: the encoder's headers.
    """

    def __init__(self, file: BinaryIO, extradata: bytes) -> None:
        self._file = file
        self._extradata = extradata.hex()
        self._dts: list[int] = []
        self._rows: list[tuple[int, int, int, int, bool]] = []

    def add(self, packet: Packet[VideoStream]) -> None:
        """Append a packet that the encoder gave."""
        assert packet.dts is not None and packet.pts is not None and packet.duration is not None
        content = bytes(packet)
        self._file.write(content)
        self._dts.append(packet.dts)
        checked = (len(content), zlib.crc32(content), packet.is_keyframe)
        self._rows.append((packet.pts, packet.duration, *checked))

    def finish(self) -> None:
        """Append the table."""
        pts, *others = map(list, zip(*self._rows, strict=True))
        decode_delay = sum(time < min(pts) for time in self._dts)
        table = PacketTable(self._extradata, decode_delay, pts, *others)
        content = json.dumps({"schema": SCHEMA, **asdict(table)}).encode()
        self._file.write(content + len(content).to_bytes(8, "big"))


def read_table(path: Path) -> PacketTable:
    """The table of a packet file.

    Raises:
        MediaError: the file is not there, not whole, or of a later schema.
    """
    try:
        with open(path, "rb") as file:
            end = file.seek(-8, 2)
            length = int.from_bytes(file.read(8), "big")
            file.seek(end - length)
            table = _table(dict(json.loads(file.read(length))))
        if sum(table.sizes) != end - length:
            raise ValueError
    except (OSError, ValueError, TypeError) as error:
        raise _damaged(path) from error
    return table


def _table(record: dict[str, Any]) -> PacketTable:
    if "schema" not in record:
        record = {_OLD_KEYS.get(key, key): value for key, value in record.items()}
    elif record.pop("schema") != SCHEMA:
        raise ValueError
    return PacketTable(**record)


def read_packets(path: Path, table: PacketTable) -> Iterator[Packet[Stream]]:
    """The packets of a file, with presentation times and durations but no decoding times yet.

    Raises:
        MediaError: the file is damaged.
    """
    rows = zip(table.pts, table.durations, table.sizes, table.crc32, table.keyframes, strict=True)
    with open(path, "rb") as file:
        for pts, duration, size, crc32, keyframe in rows:
            content = file.read(size)
            if zlib.crc32(content) != crc32:
                raise _damaged(path)
            packet = av.Packet(content)
            packet.pts, packet.duration, packet.is_keyframe = pts, duration, keyframe
            yield packet


def _damaged(path: Path) -> MediaError:
    return MediaError(path, "is no whole segment of a film", "remove it, and run again")
