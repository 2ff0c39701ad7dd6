"""Size and samples of a still by its header alone, before anything is decoded."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass

import tifffile

from kinemacolor.engine.media.stills import tiff_directory

START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
NEXT_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # no stuffing, restart, filler
_TEMPORARY, _END, _SCAN = 0x01, 0xD9, 0xDA
_SEARCHED = 1024  # bytes for a JPEG that begins late
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_PNG_TRANSPARENT = {0: 2, 2: 4, 3: 4}  # with a tRNS chunk, which may follow


@dataclass(frozen=True)
class Header:
    """Facts of a still that tell how much memory it takes.

    Args:
        format: "JPEG", "PNG", "TIFF" or "WEBP"; "JP2" inside TIFF files.
        width, height: in pixels.
        channels: samples of a pixel once it is decoded, alpha included.
        depth: bytes of a sample.
    """

    format: str
    width: int
    height: int
    channels: int
    depth: int = 1


def read_header(data: bytes) -> Header | None:
    """The header of a still; None where there is none that can be understood, nor decoded.

    It is looked for as the readers do, so that none decodes what has no header here.

    Args:
        data: the whole file, or a TIFF's strip or tile that is such a file.
    """
    try:
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png(data)
        if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            return _tiff(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
        if (start := data.find(b"\xff\x4f\xff\x51", 0, 4096)) >= 0:  # a JPEG 2000's code stream
            x1, y1, x0, y0 = struct.unpack_from(">4I", data, start + 8)
            (channels,) = struct.unpack_from(">H", data, start + 40)
            depth = 1 if (data[start + 42] & 0x7F) < 8 else 2
            return Header("JP2", x1 - x0, y1 - y0, channels, depth)
    except (struct.error, LookupError, ValueError, tifffile.TiffFileError):
        return None
    return None


def without_padding(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A file from its first byte that is no filler, where a JPEG begins there, and notes."""
    bare = data[:_SEARCHED].lstrip(b"\0\r\n \xff")
    padding = len(data[:_SEARCHED]) - len(bare) - 1  # the marker's own 0xFF
    if padding <= 0 or not bare.startswith(b"\xd8\xff"):
        return data, ()
    return data[padding:], (f"{padding} bytes before the picture are not kept",)


def _jpeg(data: bytes) -> Header | None:
    position = 2
    while found := NEXT_MARKER.search(data, position):
        marker, position = data[found.end() - 1], found.end()
        if marker in START_OF_FRAME:
            precision, height, width, channels = struct.unpack_from(">BHHB", data, position + 2)
            return Header("JPEG", width, height, channels, 1 + (precision > 8))
        if marker in (_END, _SCAN):
            return None
        if marker != _TEMPORARY:
            position += int.from_bytes(data[position : position + 2], "big")
    return None


def _png(data: bytes) -> Header:
    width, height, bits, kind = struct.unpack_from(">IIBB", data, 16)
    channels = _PNG_CHANNELS[kind]
    if b"tRNS" in data[: 1 << 16]:
        channels = _PNG_TRANSPARENT.get(kind, channels)
    return Header("PNG", width, height, channels, 1 + (bits == 16))


def _tiff(data: bytes) -> Header | None:
    try:
        tiff_directory.check_row(data, "")
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            pages = [page for page in file.pages if isinstance(page, tifffile.TiffPage)]
    except Exception:  # over a damaged directory it stumbles in every way
        return None
    # A damaged tag may hold several values where one is meant.
    sizes = [(page, (page.imagewidth, page.imagelength, page.samplesperpixel)) for page in pages]
    sized = [page for page, size in sizes if all(isinstance(number, int) for number in size)]
    page = max(sized, key=lambda page: page.imagewidth * page.imagelength)
    bits = page.bitspersample
    depth = 2 if isinstance(bits, int) and bits > 8 else 1
    palette = page.photometric == tifffile.PHOTOMETRIC.PALETTE
    channels = page.samplesperpixel + 2 * palette
    return Header("TIFF", page.imagewidth, page.imagelength, channels, depth)


def _webp(data: bytes) -> Header | None:
    position = 12
    while position + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, position)
        frame = data[position + 8 : position + 18]
        if kind == b"VP8X":
            width, height = (1 + int.from_bytes(frame[at : at + 3], "little") for at in (4, 7))
            return Header("WEBP", width, height, 4)
        if kind == b"VP8L":
            bits = int.from_bytes(frame[1:5], "little")
            return Header("WEBP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, 4)
        if kind == b"VP8 ":
            width, height = struct.unpack_from("<HH", frame, 6)
            return Header("WEBP", width & 0x3FFF, height & 0x3FFF, 3)
        position += 8 + length + length % 2
    return None
