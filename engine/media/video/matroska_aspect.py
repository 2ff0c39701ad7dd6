"""The display aspect ratio of a finished Matroska file, written into its track entry.

FFmpeg's muxer takes the aspect from a field that PyAV cannot set. H.264 and HEVC carry it in their
own headers; for other codecs it has to be put where the muxer would have put it. The track entry
keeps its length: it has a void that FFmpeg reserves and does not use, so nothing else moves.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from kinemacolor.engine.media.video.ebml import SEGMENT, element_head

_TRACKS, _TRACK, _NUMBER, _VIDEO = 0x1654AE6B, 0xAE, 0xD7, 0xE0
_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT = 0x54B0, 0x54BA, 0x54B2
_AS_RATIO = 3  # of DisplayUnit: width and height are the ratio of the picture's sides
# How two views share a picture: beside each other, or one below the other.
_BESIDE = ("left_right", "right_left", "col_interleaved_rl", "col_interleaved_lr")
_BELOW = ("bottom_top", "top_bottom", "row_interleaved_rl", "row_interleaved_lr")
_CRC, _VOID = 0xBF, 0xEC
_HEAD_BYTES = 1 << 22  # attachments follow the tracks


def write_aspect(path: Path, track: int, picture: Fraction) -> bool:
    """Give a track of a Matroska file a display aspect (RFC 9559, 5.1.4.1.28).

    Args:
        track: its number, from 1.
        picture: width by height of the picture as it is displayed.

    Returns:
        False, with the file untouched, where there is no room for it.
    """
    with path.open("r+b") as file:
        head = file.read(_HEAD_BYTES)
        start, end = _tracks(head)
        elements = []
        for number, body in _children(head[start:end]):
            if number == _TRACK and _is_numbered(body, track):
                size = len(_element(number, body, 8))
                body = _with_aspect(body, picture)
                if len(_element(number, body, 8)) != size:
                    return False
            if number != _CRC:
                elements.append((number, body))
        rest = b"".join(_element(n, body, 8 if n == _TRACK else 0) for n, body in elements)
        checked = _element(_CRC, zlib.crc32(rest).to_bytes(4, "little")) + rest
        if len(checked) != end - start:
            return False
        file.seek(start)
        file.write(checked)
    return True


def view_aspect(picture: Fraction, stereo_mode: str | None) -> Fraction:
    """Width by height of what is displayed of a picture: in Matroska, of one eye's view.

    Args:
        picture: width by height of the whole picture.
        stereo_mode: Matroska's tag by FFmpeg's name; None is one view.
    """
    if stereo_mode in _BESIDE:
        return picture / 2
    return picture * 2 if stereo_mode in _BELOW else picture


def _with_aspect(entry: bytes, picture: Fraction) -> bytes:
    """A track entry with the display aspect, padded with a void to its old length if possible."""
    replaced = (_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT)
    for widths in ((0, 0), (0, 1)):  # a void takes two bytes: where one is left, a number takes it
        numbers = zip(replaced, (picture.numerator, picture.denominator, _AS_RATIO), strict=True)
        display = b"".join(
            _element(key, _unsigned(value, widths[key == _DISPLAY_WIDTH])) for key, value in numbers
        )
        children = []
        for number, body in _children(entry):
            if number == _VIDEO:
                kept = [_element(n, b) for n, b in _children(body) if n not in replaced]
                body = b"".join(kept) + display
            if number != _VOID:
                children.append(_element(number, body))
        content = b"".join(children)
        spare = len(entry) - len(content)
        if spare == 0:
            return content
        if spare > 1:
            return content + _element(_VOID, bytes(spare - 2))
    return content


def _children(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Numbers and contents of the elements that a master element consists of."""
    at = 0
    while at < len(content):
        number, length, at = element_head(content, at)
        if number is None or length is None:
            return
        yield number, content[at : at + length]
        at += length


def _tracks(head: bytes) -> tuple[int, int]:
    """Where the content of the Tracks element begins and ends; (0, 0) where there is none."""
    at = 0
    while at < len(head):
        number, length, at = element_head(head, at)
        if number == _TRACKS and length is not None:
            return at, at + length
        if number is None or (length is None and number != SEGMENT):
            break
        if number != SEGMENT:
            at += length or 0
    return 0, 0


def _is_numbered(entry: bytes, track: int) -> bool:
    """Whether a track entry is that of track `track`."""
    numbers = (int.from_bytes(body, "big") for n, body in _children(entry) if n == _NUMBER)
    return track in numbers


def _unsigned(value: int, more: int) -> bytes:
    """An unsigned integer in as few bytes as can be, and `more` zero bytes before them."""
    return value.to_bytes((value.bit_length() + 7) // 8 + more, "big")


def _element(number: int, content: bytes, width: int = 0) -> bytes:
    """An element; its length takes `width` bytes, or as few as can be."""
    width = width or next(w for w in range(1, 9) if len(content) < (1 << 7 * w) - 1)
    length = (len(content) | 1 << 7 * width).to_bytes(width, "big")
    return number.to_bytes((number.bit_length() + 7) // 8, "big") + length + content
