"""TIFF tags as raw values, so that they can move to another file unread (TIFF 6.0, BigTIFF).

tifffile writes the main directory; the EXIF and GPS directories beneath it are packed here.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kinemacolor.engine.errors import MediaError

EXIF, GPS, INTEROPERABILITY = 34665, 34853, 40965
# Bytes of one value by data type: BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT,
# SLONG, SRATIONAL, FLOAT, DOUBLE, IFD, and BigTIFF's LONG8, SLONG8, IFD8.
_SIZES = dict(enumerate((1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4), 1)) | {16: 8, 17: 8, 18: 8}
_LONG = 4
_MOST = 1000  # directories in a row that are looked through
_SHARED = 1 << 16  # bytes that several tags may have in common, such as one resolution for both


@dataclass(frozen=True)
class Layout:
    """Byte order and offset width of a TIFF file."""

    order: Literal["<", ">"]
    big: bool = False

    @property
    def count(self) -> struct.Struct:
        return struct.Struct(self.order + ("Q" if self.big else "H"))

    @property
    def entry(self) -> struct.Struct:
        return struct.Struct(self.order + ("HHQ8s" if self.big else "HHI4s"))

    @property
    def offset(self) -> struct.Struct:
        return struct.Struct(self.order + ("Q" if self.big else "I"))


@dataclass(frozen=True)
class Tag:
    """TIFF tag: its values as the file's bytes, or the directory that it points to."""

    code: int
    dtype: int
    count: int
    value: bytes
    directory: tuple[Tag, ...] = field(default=())


def read(
    data: bytes, layout: Layout, offset: int, pointers: tuple[int, ...], name: str
) -> tuple[Tag, ...]:
    """Tags of the directory at `offset`.

    Args:
        data: the whole file.
        layout: its byte order and offsets.
        offset: where the directory begins.
        pointers: codes of tags that point to directories, to follow one level down.
        name: of the file, for errors.

    Returns:
        The tags that lie within the file; others are left out.

    Raises:
        struct.error: the directory itself lies outside the file.
        MediaError: the tags claim more bytes than the file has, for they share them.
    """
    return _Reader(data, layout, name).read(offset, pointers)


def check_row(data: bytes, name: str) -> None:
    """Walk along a file's main directories: tifffile takes memory for each, though they be endless.

    Args:
        data: the whole file.
        name: of the file, for errors.

    Raises:
        MediaError: one leads back to another, or there are too many.
    """
    layout = Layout("<" if data[:1] == b"I" else ">", data[2:4] in (b"+\0", b"\0+"))
    place, seen = 8 if layout.big else 4, set[int]()
    while place + layout.offset.size <= len(data):
        (offset,) = layout.offset.unpack_from(data, place)
        if not offset or offset + layout.count.size > len(data):
            return
        if offset in seen:
            raise MediaError(name, "the TIFF is damaged: its directories go in a circle")
        seen.add(offset)
        if len(seen) > _MOST:
            problem = f"a TIFF of more than {_MOST} pages is not a still"
            raise MediaError(name, problem, "split it into its pages")
        (count,) = layout.count.unpack_from(data, offset)
        place = offset + layout.count.size + count * layout.entry.size


class _Reader:
    """Reader of a file's directories, which all draw on one budget of bytes."""

    def __init__(self, data: bytes, layout: Layout, name: str) -> None:
        self._data, self._layout, self._name = data, layout, name
        self._left = len(data) + _SHARED

    def read(self, offset: int, pointers: tuple[int, ...]) -> tuple[Tag, ...]:
        layout = self._layout
        if offset > len(self._data):  # BigTIFF's offsets may be too large for struct
            raise struct.error("a directory beyond the file's end")
        (count,) = layout.count.unpack_from(self._data, offset)
        self._spend(count * layout.entry.size)
        tags = []
        for index in range(count):
            start = offset + layout.count.size + index * layout.entry.size
            code, dtype, values, inline = layout.entry.unpack_from(self._data, start)
            value = self._value(_SIZES.get(dtype, 0) * values, inline)
            if not value:
                continue
            directory: tuple[Tag, ...] = ()
            if code in pointers:
                beneath = int.from_bytes(value, "little" if layout.order == "<" else "big")
                below = (INTEROPERABILITY,) if code == EXIF else ()
                try:
                    directory = self.read(beneath, below)
                except struct.error:
                    continue
                if not directory:
                    continue
            tags.append(Tag(code, dtype, values, value, directory))
        return tuple(tags)

    def _value(self, length: int, inline: bytes) -> bytes:
        """A tag's bytes; empty where they do not lie within the file."""
        if length <= len(inline):
            return inline[:length]
        (at,) = self._layout.offset.unpack(inline)
        if at + length > len(self._data):
            return b""
        self._spend(length)
        return self._data[at : at + length]

    def _spend(self, length: int) -> None:
        self._left -= length
        if self._left < 0:
            problem = "the TIFF is damaged: its tags claim more bytes than it has"
            raise MediaError(self._name, problem)


def append(file: io.BytesIO, layout: Layout, tag: Tag) -> None:
    """Append a tag's directory to a file, and set the tag's pointer to it.

    Raises:
        ValueError: the file's first directory has no such tag.
    """
    position = file.seek(0, io.SEEK_END)
    position += file.write(b"\0" * (position % 2))
    file.write(_packed(tag.directory, layout, position))
    view = file.getbuffer()
    (first,) = layout.offset.unpack_from(view, 8 if layout.big else 4)
    (count,) = layout.count.unpack_from(view, first)
    start = first + layout.count.size
    for entry in range(start, start + count * layout.entry.size, layout.entry.size):
        if struct.unpack_from(layout.order + "H", view, entry)[0] == tag.code:
            struct.pack_into(layout.order + "I", view, entry + 4 + layout.offset.size, position)
            return
    raise ValueError(f"no tag {tag.code} to point at its directory")


def replace(file: io.BytesIO, layout: Layout, tags: Mapping[int, Tag | None]) -> None:
    """Replace entries of a file's first directory, or remove them where there is no tag."""
    (first,) = layout.offset.unpack_from(file.getbuffer(), 8 if layout.big else 4)
    file.seek(first)
    (count,) = layout.count.unpack(file.read(layout.count.size))
    entries = [file.read(layout.entry.size) for _ in range(count)]
    following = file.read(layout.offset.size)
    kept = []
    for entry in entries:
        code = struct.unpack_from(layout.order + "H", entry)[0]
        tag = tags.get(code)
        if tag:
            value = tag.value
            if len(value) > layout.offset.size:
                position = file.seek(0, io.SEEK_END)
                position += file.write(b"\0" * (position % 2))
                file.write(value)
                value = layout.offset.pack(position)
            kept.append(layout.entry.pack(code, tag.dtype, tag.count, value))
        elif code not in tags:
            kept.append(entry)
    file.seek(first)
    file.write(b"".join([layout.count.pack(len(kept)), *kept, following]))


def _packed(tags: tuple[Tag, ...], layout: Layout, position: int) -> bytes:
    """Bytes of a directory that will stand at `position` of its file."""
    entries, values = [], b""
    after = position + layout.count.size + len(tags) * layout.entry.size + layout.offset.size
    for tag in sorted(tags, key=lambda tag: tag.code):
        value, dtype = tag.value, tag.dtype
        if tag.directory:
            at = after + len(values)
            values += _packed(tag.directory, layout, at)
            value, dtype = struct.pack(layout.order + "I", at), _LONG
        if len(value) > layout.offset.size:
            values += b"\0" * (len(values) % 2)
            value, values = layout.offset.pack(after + len(values)), values + value
        entries.append(layout.entry.pack(tag.code, dtype, tag.count, value))
    return b"".join([layout.count.pack(len(tags)), *entries, layout.offset.pack(0), values])
