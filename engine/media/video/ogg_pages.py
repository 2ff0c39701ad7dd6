"""Pages of an Ogg file (RFC 3533): which are missing, and whether the last ones are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_CAPTURE = b"OggS"
_HEAD = 27  # bytes of a page before its table of segments
_LONGEST_HEAD = _HEAD + 255
_FIRST, _LAST = 2, 4  # flags of a page that begins, or ends, its stream
_PICTURES = (b"\x80theora", b"OVP80", b"\x01video", b"BBCD")  # how streams of pictures begin
_CHUNK = 1 << 16


class Page(NamedTuple):
    """A page's header.

    Args:
        place: of its beginning in the file.
        serial: the stream's number.
        number: of the page in its stream.
        begins, ends: it is the first, or the last, of its stream.
        is_picture: of a first page: its stream is of pictures.
    """

    place: int
    serial: int
    number: int
    begins: bool
    ends: bool
    is_picture: bool


def ogg_pages(file: BinaryIO) -> Iterator[Page]:
    """The pages of an opened file; what lies between them is passed over."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(_LONGEST_HEAD)
        if not head.startswith(_CAPTURE):
            found = _next_page(file, at)
            if found is None:
                return
            at = found
            continue
        if len(head) < _HEAD:
            return
        table = head[_HEAD : _HEAD + head[26]]
        begins = bool(head[5] & _FIRST)
        content = at + _HEAD + head[26]
        file.seek(content)
        yield Page(
            at,
            int.from_bytes(head[14:18], "little"),
            int.from_bytes(head[18:22], "little"),
            begins,
            bool(head[5] & _LAST),
            begins and file.read(16).startswith(_PICTURES),
        )
        at = content + sum(table)


def _next_page(file: BinaryIO, at: int) -> int | None:
    while True:
        file.seek(at)
        chunk = file.read(_CHUNK)
        if (found := chunk.find(_CAPTURE)) >= 0:
            return at + found
        if len(chunk) < _CHUNK:
            return None
        at += _CHUNK - len(_CAPTURE) + 1


def ogg_gaps(path: Path, stream: int) -> list[int]:
    """Places in the file before which pages of a stream are missing.

    Args:
        path: of an Ogg file.
        stream: its index: streams are counted in the order of their first pages.
    """
    gaps: list[int] = []
    serials: list[int] = []
    last: int | None = None
    with path.open("rb") as file:
        for page in ogg_pages(file):
            if page.serial not in serials:
                serials.append(page.serial)
            if serials.index(page.serial) != stream:
                continue
            if last is not None and page.number > last + 1:
                gaps.append(page.place)
            last = page.number
    return gaps


def lacks_its_end(file: BinaryIO) -> bool:
    """Whether a stream of pictures has no last page."""
    pictures: set[int] = set()
    for page in ogg_pages(file):
        if page.is_picture:
            pictures.add(page.serial)
        if page.ends:
            pictures.discard(page.serial)
    return bool(pictures)


def ogg_recordings(file: BinaryIO) -> int:
    """How many recordings follow each other, each with the first pages of all of its streams."""
    count, was_first = 0, False
    for page in ogg_pages(file):
        count += page.begins and not was_first
        was_first = page.begins
    return count
