"""What a Matroska file holds and FFmpeg's demuxer passes over, so that a user is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kinemacolor.engine.media.video.ebml import SEGMENT, element_head

_TRACKS, _TRACK, _VIDEO = 0x1654AE6B, 0xAE, 0xE0
_PIXEL_CROPS = (0x54AA, 0x54BB, 0x54CC, 0x54DD)
_CHAPTERS, _EDITION, _CHAPTER, _DISPLAY = 0x1043A770, 0x45B9, 0xB6, 0x80
_TAGS, _TAG, _TARGETS, _LEVEL = 0x1254C367, 0x7373, 0x63C0, 0x68CA
_MOVIE = 50  # the level of a tag that states none
_HEAD_BYTES = 16
_MOST_BYTES = 1 << 24  # of an element that is read


def matroska_losses(path: Path) -> list[str]:
    """What is not carried over from a Matroska file, a line each.

    Raises:
        OSError: it cannot be read.
    """
    lines = []
    for number, content in _level_1(path):
        if number == _TRACKS and _is_cropped(content):
            lines.append("its cropping (PixelCrop) is left out: the whole picture is shown")
        elif number == _CHAPTERS:
            chapters = [c for e in _inner(content, _EDITION) for c in _inner(e, _CHAPTER)]
            if any(True for chapter in chapters for _ in _inner(chapter, _CHAPTER)):
                lines.append("chapters within chapters are left out")
            if any(len(list(_inner(chapter, _DISPLAY))) > 1 for chapter in chapters):
                lines.append("of chapters' names in several languages one is kept")
        elif number == _TAGS:
            leveled = sum(_has_level(tag) for tag in _inner(content, _TAG))
            if leveled:
                lines.append(f"{leveled} tags lose what they are of (a part, an album)")
    return lines


def _is_cropped(tracks: bytes) -> bool:
    pictures = [p for entry in _inner(tracks, _TRACK) for p in _inner(entry, _VIDEO)]
    crops = [c for crop in _PIXEL_CROPS for picture in pictures for c in _inner(picture, crop)]
    return any(map(_unsigned, crops))


def _has_level(tag: bytes) -> bool:
    targets = list(_inner(tag, _TARGETS))
    levels = [_unsigned(level) for target in targets for level in _inner(target, _LEVEL)]
    return any(level != _MOVIE for level in levels)


def _level_1(path: Path) -> Iterator[tuple[int, bytes]]:
    """Numbers and contents of what a file's segment consists of, but its frames."""
    wanted = (_TRACKS, _CHAPTERS, _TAGS)
    with open(path, "rb") as file:
        end = file.seek(0, 2)
        at = 0
        while at < end:
            file.seek(at)
            head = file.read(_HEAD_BYTES)
            number, length, start = element_head(head, 0)
            if number is None or (length is None and number != SEGMENT):
                return  # the rest has no end that is told, as of a film that is being broadcast
            if number in wanted and length is not None and length <= _MOST_BYTES:
                file.seek(at + start)
                yield number, file.read(length)
            at += start if number == SEGMENT else start + (length or 0)


def _inner(content: bytes, wanted: int) -> Iterator[bytes]:
    """The contents of those elements of one kind that another consists of."""
    at = 0
    while at < len(content):
        number, length, at = element_head(content, at)
        if number is None or length is None:
            return
        if number == wanted:
            yield content[at : at + length]
        at += length


def _unsigned(content: bytes) -> int:
    return int.from_bytes(content, "big")
