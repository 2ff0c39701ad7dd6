"""Faults of a packet that its own structure shows, and over which decoders pass in silence.

A decoder that misses a part of a picture gives what its memory held before in its place, mostly
without a word: the picture looks another way at every decoding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream

from kinemacolor.engine.media.video.jpeg_scans import lacks_a_scan

# Codecs in whose packets zeros by the sector are a hole: entropy coding without stuffing.
H263_FAMILY = ("flv", "h263", "mpeg4", "msmpeg4", "msmpeg4v1", "msmpeg4v2", "wmv1", "wmv2")
_LOSSLESS = ("ffv1", "ffvhuff", "huffyuv", "magicyuv", "utvideo")
_DENSE = frozenset(("av1", "libdav1d", "vp8", "vp9", *H263_FAMILY, *_LOSSLESS))
_SECTOR = bytes(512)
_UNITS = frozenset(("h264", "hevc"))  # units without three zeros, in a row or in a stream of bytes
_NEVER_IN_UNITS = bytes(32)
_DV_BLOCK = 80  # bytes
# Kinds of the blocks of a sequence: header, subcode, auxiliary, then sound before 15 of pictures.
_DV_NAMES = np.array([0, 1, 1, 2, 2, 2, *([3, *[4] * 15] * 9)])
_PICTURE = b"\0\0\1\0"
_CODING_EXTENSION = re.compile(rb"\0\0\x01\xb5[\x80-\x8f]..", re.DOTALL)
_SLICE = re.compile(rb"\0\0\x01[\x01-\xaf]")
_WHOLE_FRAME = 3  # in `picture_structure`; others are fields
_TALLEST = 2800  # lines, above which the number of a slice's row has more bits
_BLOCK = 16  # lines of a macroblock
TINY = 16  # bytes: the codes of a picture that is the one before, and ends of sequences
_DNX_ROWS = slice(0x16C, 0x16E)


def is_faulty(codec: str, packet: Packet[VideoStream]) -> bool:
    """Whether a part of a packet is wrong or missing, whatever its decoder says.

    Args:
        codec: FFmpeg's name of the decoder.
        packet: of the film.
    """
    if codec in _FAULTS:
        return _FAULTS[codec](bytes(packet), packet.stream.codec_context.height)
    if codec in _UNITS:
        headers = packet.stream.codec_context.extradata or b"\0"
        if headers[0] == 1:
            return _NEVER_IN_UNITS in bytes(packet)
        return _has_zeros_within(bytes(packet))
    if codec not in _DENSE or packet.size <= TINY:
        return False
    if packet.size < len(_SECTOR):
        return not any(memoryview(packet))
    return _SECTOR in bytes(packet)


def _has_zeros_within(data: bytes) -> bool:
    """Whether zeros stand where no start code follows, nor the end (ISO/IEC 13818-2, 5.2.3)."""
    at = data.find(_NEVER_IN_UNITS)
    while at >= 0:
        behind = data[at:].lstrip(b"\0")
        if behind and behind[0] != 1:
            return True
        at = data.find(_NEVER_IN_UNITS, len(data) - len(behind))
    return False


def _has_unnamed_blocks(data: bytes, _: int) -> bool:
    """Whether a block of a DV frame is not named as its place demands (IEC 61834-2, 11.4.1)."""
    names = np.frombuffer(data, np.uint8)[::_DV_BLOCK] >> 5
    if len(names) % len(_DV_NAMES):
        return False
    return bool((names.reshape(-1, len(_DV_NAMES)) != _DV_NAMES).any())


def _lacks_slices(data: bytes, height: int) -> bool:
    """Whether there is a hole, or a picture of a slice a row ends early; other losses are told."""
    if _has_zeros_within(data):
        return True
    return height <= _TALLEST and any(
        1 < (last := max(rows, default=0)) < needed and rows == set(range(1, last + 1))
        for rows, needed in _rows_of_pictures(data, height)
    )


def _rows_of_pictures(data: bytes, height: int) -> Iterator[tuple[set[int], int]]:
    """Rows that slices begin in, and how many there should be (ISO/IEC 13818-2, 6.2 and 6.3)."""
    for picture in data.split(_PICTURE)[1:]:
        extension = _CODING_EXTENSION.search(picture)
        is_field = extension is not None and extension[0][6] & 3 != _WHOLE_FRAME
        lines = height // 2 if is_field else height
        yield {found[0][3] for found in _SLICE.finditer(picture)}, -(-lines // _BLOCK)


def _counts_other_rows(data: bytes, height: int) -> bool:
    """Whether a DNxHD header has another number of rows than a frame or a field (SMPTE 2019-1)."""
    rows = int.from_bytes(data[_DNX_ROWS], "big")
    return rows not in (-(-height // _BLOCK), -(-(height // 2) // _BLOCK))


_FAULTS: dict[str, Callable[[bytes, int], bool]] = {
    "dnxhd": _counts_other_rows,
    "dvvideo": _has_unnamed_blocks,
    "jpegls": lambda data, _: lacks_a_scan(data, is_jpeg_ls=True),
    "mjpeg": lambda data, _: lacks_a_scan(data),
    "mpeg1video": _lacks_slices,
    "mpeg2video": _lacks_slices,
}
