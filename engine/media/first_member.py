"""The first file in an archive, by the archive's first bytes: tells what it is an archive of."""

from __future__ import annotations

import struct
import zlib

_BLOCK = 512  # of a tar
_UNPACKED = 8 * _BLOCK
_ZIP_ENTRY = struct.Struct("<4s14xIIHH")  # signature, packed and unpacked size, lengths


def first_member(head: bytes) -> str:
    """Name of the first file in a zip or a tar, plain or by gzip; "" where it cannot be told.

    Args:
        head: the archive's first bytes; folders before the file take some hundred each.
    """
    if head.startswith(b"PK\3\4"):
        return _in_zip(head)
    if head.startswith(b"\x1f\x8b"):
        try:
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _UNPACKED)
        except zlib.error:
            return ""
    return _in_tar(head)


def _in_zip(head: bytes) -> str:
    position = 0
    while position + _ZIP_ENTRY.size <= len(head):
        mark, packed, _, length, extra = _ZIP_ENTRY.unpack_from(head, position)
        start = position + _ZIP_ENTRY.size
        name = head[start : start + length]
        if mark != b"PK\3\4":
            break
        if not name.endswith(b"/"):
            return name.decode("utf-8", "replace")
        position = start + length + extra + packed
    return ""


def _in_tar(head: bytes) -> str:
    for position in range(0, len(head) - _BLOCK + 1, _BLOCK):
        header = head[position : position + _BLOCK]
        # What stands before a member, as a folder or attributes, has another type than a file.
        if header[257:262] == b"ustar" and header[156:157] in (b"0", b"\0", b"7"):
            return header[:100].rstrip(b"\0").decode("utf-8", "replace")
    return ""
