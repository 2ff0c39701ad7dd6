"""XMP packets in still files, found by seeking over everything else.

Where the packet lies: JPEG in APP1 segments before the tables (XMP part 3, 1.1.3), PNG in an iTXt
chunk, TIFF in tag 700, WebP in the chunk "XMP ". Damaged files have no packet here; what is wrong
with them, their readers tell.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

_JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_JPEG_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_EXTENSION_HEAD = len(_JPEG_EXTENSION) + 40  # the whole's MD5, its length, this part's offset
_PNG_XMP = b"XML:com.adobe.xmp\0"
_TIFF_XMP = 700
_WEBP_HAS_XMP = 0x04
_LARGEST = 16 << 20  # bytes of a packet that is read


def find_packets(file: BinaryIO, head: bytes) -> tuple[bytes, ...]:
    """The XMP packet of a still, and JPEG's extended XMP, as far as it has them.

    Args:
        file: the still, opened; its position changes.
        head: its first 12 bytes or more.

    Raises:
        OSError: it cannot be read.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return _in_jpeg(file)
    if head.startswith(b"\x89PNG"):
        return _in_png(file)
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        try:
            return _in_tiff(file, head)
        except struct.error:  # cut short, or a place behind the end
            return ()
    return _in_webp(file) if head[8:12] == b"WEBP" else ()


def _in_jpeg(file: BinaryIO) -> tuple[bytes, ...]:
    packet = extension = b""
    file.seek(2)
    while len(start := file.read(4)) == 4 and start[0] == 0xFF:
        marker, length = start[1], int.from_bytes(start[2:], "big") - 2
        if marker & 0xF0 != 0xE0 and marker != 0xFE:  # tables: metadata stands before them
            break
        if length < 0:  # damaged
            break
        if marker != 0xE1:
            file.seek(length, os.SEEK_CUR)
            continue
        begin = file.read(min(length, len(_JPEG_EXTENSION)))
        if begin.startswith(_JPEG_XMP):
            packet = begin[len(_JPEG_XMP) :] + file.read(length - len(begin))
        elif begin == _JPEG_EXTENSION:
            extension += (begin + file.read(length - len(begin)))[_EXTENSION_HEAD:]
        else:
            file.seek(length - len(begin), os.SEEK_CUR)
    return tuple(filter(None, (packet, extension)))


def _in_png(file: BinaryIO) -> tuple[bytes, ...]:
    file.seek(8)
    while len(start := file.read(8)) == 8:
        length, kind = int.from_bytes(start[:4], "big"), start[4:]
        if kind in (b"IDAT", b"IEND"):
            break
        if kind != b"iTXt":
            file.seek(length + 4, os.SEEK_CUR)
            continue
        begin = file.read(min(length, len(_PNG_XMP)))
        if begin == _PNG_XMP:
            return (file.read(min(length, _LARGEST) - len(begin)),)
        file.seek(length - len(begin) + 4, os.SEEK_CUR)
    return ()


def _in_tiff(file: BinaryIO, head: bytes) -> tuple[bytes, ...]:
    order, big = "<" if head[:1] == b"I" else ">", b"+" in head[2:4]
    count, entry = struct.Struct(order + "HQ"[big]), struct.Struct(order + ("HHQ", "HHI")[not big])
    pointer = struct.Struct(order + "IQ"[big])
    end = file.seek(0, os.SEEK_END)
    file.seek(8 if big else 4)
    file.seek(min(end, *pointer.unpack(file.read(pointer.size))))
    (entries,) = count.unpack(file.read(count.size))
    for _ in range(min(entries, 4096)):
        code, _, size = entry.unpack(file.read(entry.size))
        value = file.read(pointer.size)
        if code == _TIFF_XMP:  # bytes, and many more than fit into the entry
            file.seek(min(end, *pointer.unpack(value)))
            return (file.read(min(size, _LARGEST)),)
    return ()


def _in_webp(file: BinaryIO) -> tuple[bytes, ...]:
    file.seek(12)
    while len(start := file.read(8)) == 8:
        kind, length = struct.unpack("<4sI", start)
        if kind == b"XMP ":
            return (file.read(min(length, _LARGEST)),)
        if kind == b"VP8X":
            flags = file.read(1)
            if not flags or not flags[0] & _WEBP_HAS_XMP:
                return ()
            file.seek(length - 1 + length % 2, os.SEEK_CUR)
        elif kind in (b"VP8 ", b"VP8L") and file.tell() == 20:  # a plain file, without metadata
            return ()
        else:
            file.seek(length + length % 2, os.SEEK_CUR)
    return ()
