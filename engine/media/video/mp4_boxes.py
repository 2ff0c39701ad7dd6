"""What MP4 and QuickTime hold and FFmpeg passes over: XMP, and a picture's clean aperture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_MOST_BYTES = 1 << 28  # of a box that is read
_VISUAL_ENTRY_BYTES = 78  # of a video sample entry before its boxes (ISO 14496-12, 12.1.3.2)
_TO_ENTRIES = (b"mdia", b"minf", b"stbl", b"stsd")


@dataclass(frozen=True)
class PassedOver:
    """Parts of a source file, as they are there.

    Args:
        xmp: a packet of XMP, of the file; empty where there is none.
        clean_aperture: the content of the picture's `clap` box; empty where there is none.
    """

    xmp: bytes = b""
    clean_aperture: bytes = b""


def passed_over(path: Path, track: int) -> PassedOver:
    """What FFmpeg would lose of a file; nothing where it is none of MP4 or QuickTime.

    Args:
        track: the number of the track that is the film.
    """
    xmp = clean_aperture = b""
    with open(path, "rb") as file:
        for kind, start, size in top_boxes(file):
            if kind not in (b"uuid", b"moov") or size > _MOST_BYTES:
                continue
            file.seek(start)
            content = file.read(size)
            if kind == b"uuid":
                xmp = xmp or (content[16:] if content.startswith(_XMP_UUID) else b"")
                continue
            user_data = first_box(content, b"udta")
            xmp = xmp or (first_box(user_data, b"XMP_") if user_data else b"") or b""
            entry = _sample_entry(content, track)
            clean_aperture = first_box(entry, b"clap") or b""
    return PassedOver(xmp, clean_aperture)


def put_back(path: Path, track: int, parts: PassedOver) -> None:
    """Write them into a finished MP4 or QuickTime file whose `moov` box comes last.

    Args:
        track: as of `passed_over`, in this file.

    Raises:
        OSError: writing failed.
    """
    with open(path, "r+b") as file:
        if parts.clean_aperture:
            kind, start, size = list(top_boxes(file))[-1]
            assert kind == b"moov"
            file.seek(start)
            content = _with_aperture(file.read(size), track, _box(b"clap", parts.clean_aperture))
            file.seek(start - 8)
            file.write(_box(kind, content))
        if parts.xmp:
            file.seek(0, 2)
            file.write(_box(b"uuid", _XMP_UUID + parts.xmp))


def _with_aperture(moov: bytes, track: int, aperture: bytes) -> bytes:
    """The content of a `moov` box, with a box more in a track's first sample entry."""
    written = []
    for kind, content in boxes(moov):
        if kind == b"trak" and _track_number(content) == track:
            content = _inserted(content, _TO_ENTRIES, aperture)
        written.append(_box(kind, content))
    return b"".join(written)


def _inserted(content: bytes, way: tuple[bytes, ...], addition: bytes) -> bytes:
    """The content of a box, with one more at the end of the first entry that `way` leads to."""
    if not way:  # of stsd: version, flags and count, then the entries
        entries = list(boxes(content[8:]))
        kind, entry = entries[0]
        return content[:8] + b"".join(
            _box(*each) for each in ((kind, entry + addition), *entries[1:])
        )
    return b"".join(
        _box(kind, _inserted(inner, way[1:], addition) if kind == way[0] else inner)
        for kind, inner in boxes(content)
    )


def _sample_entry(moov: bytes, track: int) -> bytes:
    """The boxes in a track's first sample entry; empty where there are none."""
    for kind, content in boxes(moov):
        if kind == b"trak" and _track_number(content) == track:
            inner: bytes | None = content
            for name in _TO_ENTRIES:
                inner = first_box(inner or b"", name)
            for _, entry in boxes((inner or b"")[8:]):
                return entry[_VISUAL_ENTRY_BYTES:]
    return b""


def _track_number(track: bytes) -> int:
    header = first_box(track, b"tkhd") or bytes(24)
    place = 20 if header[0] == 1 else 12
    return int.from_bytes(header[place : place + 4], "big")


def first_box(content: bytes, wanted: bytes) -> bytes | None:
    """The content of the first box of a kind; None where there is none."""
    return next((inner for kind, inner in boxes(content) if kind == wanted), None)


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kinds and contents of the boxes that another consists of."""
    at = 0
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        if not 8 <= size <= len(content) - at:  # the zeros that may end user data, or damage
            return
        yield content[at + 4 : at + 8], content[at + 8 : at + size]
        at += size


def top_boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Kind, beginning of the content and its size, of each box of a file."""
    end = file.seek(0, 2)
    at = 0
    while at + 8 <= end:
        file.seek(at)
        head = file.read(16)
        size, start = int.from_bytes(head[:4], "big"), at + 8
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), at + 16
        stop = end if size == 0 else at + size
        if stop < start or stop > end:
            return
        yield head[4:8], start, stop - start
        at = stop


def _box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content
