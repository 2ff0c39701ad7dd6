"""Where containers must end by their own standards: a file that ends within a unit was cut off.

Files whose writers left out a footer or an end code are whole: only a unit that was begun counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from os import SEEK_END
from typing import BinaryIO

from kinemacolor.engine.media.video.ogg_pages import lacks_its_end

_TAIL = 1 << 18  # bytes from a file's end in which its last units begin
SYNC = b"\x47"  # of transport streams
_TS_PACKETS = ((188, 0), (192, 4), (204, 0))  # bytes of a packet, and where its sync byte stands
_PACK, _END = b"\0\0\1\xba", b"\0\0\1\xb9"  # start codes of program streams
KLV = bytes.fromhex("060e2b34")
KLV_HEAD = 25  # bytes of a key and the longest length
ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
FLV_TAGS = (8, 9, 18)
_DV_HEADER = b"\x1f\x07\x00"

Rule = Callable[[BinaryIO, int], bool]  # of a file and its size


def ending_rule(head: bytes) -> Rule | None:
    """The rule that tells whether a file is cut off; None for containers without one.

    Args:
        head: the file's first kilobyte.
    """
    starts: tuple[tuple[bytes, Rule], ...] = (
        (_PACK, _program_stream),
        (KLV, _mxf),
        (ASF_HEADER, _asf),
        (b"FLV\1", _flv),
        (b"YUV4MPEG2 ", _y4m),
        (b"OggS", _ogg),
        (_DV_HEADER, _dv),
    )
    rule = next((rule for start, rule in starts if head.startswith(start)), None)
    return rule or (_transport_stream if ts_packet(head) else None)


def _at(file: BinaryIO, place: int, length: int) -> bytes:
    """What stands at a place; nothing where a damaged number leads far behind the end."""
    file.seek(min(place, file.seek(0, SEEK_END)))
    return file.read(length)


def ts_packet(head: bytes) -> tuple[int, int] | None:
    """The size of a transport stream's packets, and where their sync byte stands; None elsewhere.

    Args:
        head: the file's first kilobyte.
    """
    for length, offset in _TS_PACKETS:
        if head[offset : offset + 3 * length : length] == SYNC * 3:
            return length, offset
    return None


def _transport_stream(file: BinaryIO, size: int) -> bool:
    """ISO/IEC 13818-1: packets of one size."""
    found = ts_packet(_at(file, 0, 1024))
    assert found
    length, offset = found
    rest = size % length
    return 0 < rest <= offset or (rest > 0 and _at(file, size - rest + offset, 1) == SYNC)


def _program_stream(file: BinaryIO, size: int) -> bool:
    """ISO/IEC 13818-1 and 11172-1: packs and packets, each but the end code with its length."""
    begin = max(0, size - _TAIL)
    tail = _at(file, begin, _TAIL)
    at = tail.rfind(_PACK)
    while 0 <= at < len(tail):
        head = tail[at : at + 14]
        if head[:4] == _END or head[:3] != b"\0\0\1"[: len(head)]:
            return False
        if len(head) < 6:
            return True
        if head[:4] != _PACK:
            at += 6 + int.from_bytes(head[4:6], "big")
        elif head[4] >> 6 == 1:
            at += 14 + (head[13] & 7 if len(head) == 14 else 0)
        else:
            at += 12
    return at > len(tail)


def _mxf(file: BinaryIO, size: int) -> bool:
    """SMPTE 377-1: the header tells where the footer begins; every key has its length."""
    if size < KLV_HEAD:
        return True
    begin, length = klv_value(_at(file, 0, KLV_HEAD))
    header = _at(file, begin, 32) if length >= 32 else bytes(32)
    at = int.from_bytes(header[24:32], "big")  # 0 while the file is being written
    if at >= size:
        return True
    while at < size:
        head = _at(file, at, KLV_HEAD)
        if not head.startswith(KLV[: len(head)]):
            return False
        if len(head) < 17:
            return True
        begin, length = klv_value(head)
        at += begin + length
    return at > size


def klv_value(head: bytes) -> tuple[int, int]:
    """Where a value begins behind its key of 16 bytes, and its length (BER)."""
    if head[16] < 0x80:
        return 17, head[16]
    digits = head[16] & 0x7F
    return 17 + digits, int.from_bytes(head[17 : 17 + digits], "big")


def _asf(file: BinaryIO, size: int) -> bool:
    """Advanced Systems Format, 3.1: header, then data, each with its length; live ones have 0."""
    at = int.from_bytes(_at(file, 16, 8), "little")
    data = _at(file, at, 24)
    return at > size or (
        data[:16] == _ASF_DATA and at + int.from_bytes(data[16:24], "little") > size
    )


def _flv(file: BinaryIO, size: int) -> bool:
    """Adobe Flash Video, E.3: tags, each with its length and behind it its whole length."""
    at = int.from_bytes(_at(file, 5, 4), "big") + 4
    while at < size:
        head = _at(file, at, 4)
        if head[0] & 0x1F not in FLV_TAGS:
            return False
        at += 11 + int.from_bytes(head[1:4], "big") + 4
    return at - 4 > size


def _y4m(file: BinaryIO, size: int) -> bool:
    """YUV4MPEG2: frames of one size, each behind a line that begins with FRAME."""
    header = _at(file, 0, 1024)
    found = re.match(rb"YUV4MPEG2([^\n]*)\nFRAME\n", header)
    if not found:
        return False
    fields = {part[:1]: part[1:] for part in found[1].split()}
    sides = fields.get(b"W", b""), fields.get(b"H", b"")
    if not all(side.isdigit() for side in sides):
        return False
    width, height = map(int, sides)
    colors = fields.get(b"C", b"420").decode("latin-1")
    x, y = {"420": (2, 2), "422": (2, 1), "411": (4, 1)}.get(colors[:3], (1, 1))
    planes = width * height
    if not colors.startswith("mono"):
        planes += 2 * -(-width // x) * -(-height // y) + ("alpha" in colors) * width * height
    deep = re.search(r"(?:p|mono)(?:9|1\d)$", colors) is not None
    rest = (size - found.end() + len("FRAME\n")) % (len("FRAME\n") + planes * (1 + deep))
    return rest > 0 and _at(file, size - rest, 5) == b"FRAME"[:rest]


def _ogg(file: BinaryIO, size: int) -> bool:
    """RFC 3533: pages, whose headers tell their lengths, and which is the last of a stream."""
    tail = _at(file, max(0, size - _TAIL), _TAIL)
    page = tail[tail.rfind(b"OggS") :]
    if not page.startswith(b"OggS"):
        return False
    if len(page) < 27 or len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]]):
        return True
    return lacks_its_end(file)


def _dv(file: BinaryIO, size: int) -> bool:
    """IEC 61834-2: frames of one size."""
    is_pal = _at(file, 3, 1) >= b"\x80"
    rest = size % (144000 if is_pal else 120000)
    return rest > 0 and _at(file, size - rest, 3) == _DV_HEADER[:rest]
