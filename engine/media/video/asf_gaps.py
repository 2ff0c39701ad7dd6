"""Gaps in an ASF file (WMV): pictures that are missing by the numbers of its media objects.

FFmpeg leaves out objects that are not whole, and says nothing.
"""

from __future__ import annotations

from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

_HEADER = 30  # bytes of the header object before the objects in it
_DATA = 50  # bytes of the data object before its packets
_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_WIDTHS = (0, 1, 2, 4)  # bytes of a field, by the two bits of its type
_ONE_BYTE = 1
_SEVERAL = 1  # length of the replicated data that stands for several objects


def asf_gaps(path: Path, number: int) -> list[int]:
    """Places in the file before or in which objects of a stream are missing.

    Args:
        path: of an ASF file (Advanced Systems Format, 5.2).
        number: of the stream.
    """
    gaps: list[int] = []
    with path.open("rb") as file:
        begin, length, count = _packets(file)
        last: int | None = None
        is_whole = False
        for place in range(begin, begin + count * length, length):
            file.seek(place)
            packet = file.read(length)
            if len(packet) < length:
                break
            objects = _objects(packet, number)
            if objects is None:
                if place == begin:
                    return []  # numbered in another way, as all that follow
                if is_whole:
                    gaps.append(place)
                is_whole, last = False, None
                continue
            is_whole = True
            for one in objects:
                if last is not None and (one - last) % 256 > 1:
                    gaps.append(place)
                last = one
    return gaps


def _packets(file: BinaryIO) -> tuple[int, int, int]:
    """Where the packets begin, their length, and how many there are; none of a changing length."""
    head = file.read(1 << 16)
    size = int.from_bytes(head[16:24], "little")
    at = head.find(_FILE_PROPERTIES, _HEADER)
    properties = head[at : at + 104]
    shortest, longest = (int.from_bytes(properties[n : n + 4], "little") for n in (92, 96))
    if at < 0 or shortest != longest or not shortest:
        return 0, 1, 0
    if size > file.seek(0, SEEK_END):
        return 0, 1, 0
    file.seek(size)
    count = int.from_bytes(file.read(_DATA)[40:48], "little")
    return size + _DATA, shortest, count


def _objects(packet: bytes, number: int) -> list[int] | None:
    """The numbers, one byte each, of a stream's objects in a packet, in order; None if it is none.

    A payload of several objects has the number of the first: such packets count as none.
    """
    try:
        at = 1 + (packet[0] & 0x0F) if packet[0] & 0x80 else 0
        kinds, properties = packet[at], packet[at + 1]
        at += 2 + sum(_WIDTHS[kinds >> shift & 3] for shift in (5, 1, 3)) + 6
        payloads, width = 1, 0
        if kinds & 1:
            payloads, width = packet[at] & 0x3F, _WIDTHS[packet[at] >> 6]
            at += 1
        offset, replicated = _WIDTHS[properties >> 2 & 3], _WIDTHS[properties & 3]
        are_bytes = properties >> 6 == properties >> 4 & 3 == _ONE_BYTE
        objects = []
        for _ in range(payloads if are_bytes else 0):
            is_own = packet[at] & 0x7F == number
            if is_own:
                objects.append(packet[at + 1])
            at += 2 + offset
            extra = int.from_bytes(packet[at : at + replicated], "little")
            if is_own and extra == _SEVERAL:
                return None
            at += replicated + extra
            at += width + int.from_bytes(packet[at : at + width], "little")
    except IndexError:
        return None
    return objects if are_bytes and at <= len(packet) else None
