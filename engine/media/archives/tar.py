"""Tar archives, plain or compressed, and what they hold."""

# ruff: noqa: SIM115 - readers and writers hold their files until they are closed

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.archives.base import (
    CHUNK,
    ArchiveReader,
    Member,
    content_member,
    translate_errors,
)
from kinemacolor.engine.media.archives.bounded_reads import BoundedReads
from kinemacolor.engine.media.archives.damage import in_words
from kinemacolor.engine.media.archives.guards import (
    MAX_RATIO,
    check_count,
    unsafe_link_reason,
    unsafe_name_reason,
)
from kinemacolor.engine.media.archives.tar_writer import TarWriter
from kinemacolor.engine.media.kinds import HEAD_BYTES, Kind, kind_of, uncolored_reason

MAX_UNPACKED = 1 << 30  # bytes that any compressed tar may unpack to; beyond, MAX_RATIO counts
COMPRESSIONS = {b"\x1f\x8b": "gz", b"\xfd7zXZ\0": "xz", b"BZh": "bz2"}
_OPENERS: dict[str, Callable[[Path], BufferedReader]] = {
    "": lambda path: open(path, "rb"),
    "gz": lambda path: cast(BufferedReader, gzip.open(path)),
    "xz": lambda path: cast(BufferedReader, lzma.open(path)),
    "bz2": lambda path: cast(BufferedReader, bz2.open(path)),
}
_BROKEN = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)


def compression_of(head: bytes) -> str:
    """Compression by a file's first bytes: "gz", "xz", "bz2", or empty for none of them."""
    return next((name for magic, name in COMPRESSIONS.items() if head.startswith(magic)), "")


class TarReader(ArchiveReader):
    """Reader of a tar archive, whose headers are all read once at opening.

    Args:
        path: the archive.
        scratch: new file into which a compressed tar is unpacked first, so that members can be read
            in any order; None to list its members only.
        by_name: tell members' kinds by their names alone, without reading their first bytes.

    Raises:
        MediaError: not a tar, or a decompression bomb.
    """

    def __init__(self, path: Path, scratch: Path | None = None, *, by_name: bool = False) -> None:
        super().__init__()
        self.path = path
        self._by_name = by_name
        with open(path, "rb") as file:
            self.compression = compression_of(file.read(8))
        self.format = f"tar.{self.compression}".rstrip(".")
        self._limit = max(MAX_UNPACKED, MAX_RATIO * path.stat().st_size)
        self.plain = path
        if self.compression and scratch:
            self._unpack(scratch)
            self.plain = scratch
        opener = _OPENERS[self.compression if self.plain == path else ""]
        self._file = opener(self.plain)
        self.members = []
        self.infos: list[tarfile.TarInfo] = []
        self.extents: list[tuple[int, int]] = []  # headers and content, from byte to byte
        try:
            self.tar = tarfile.open(
                fileobj=cast(IO[bytes], BoundedReads(self._file)), mode="r:", encoding="utf-8"
            )
            self._look_through()
        except BaseException as error:
            self._file.close()
            if isinstance(error, _BROKEN):
                raise MediaError(path, f"cannot be read as a tar ({in_words(error)})") from error
            raise

    def open(self, member: Member) -> IO[bytes]:
        content = self.tar.extractfile(self.infos[member.index])
        if content is None:
            raise MediaError(member.name, "has no content")
        return content

    def writer(self, target: Path) -> TarWriter:
        return TarWriter(self.plain, self.infos, self.extents, target, self.compression)

    def close(self) -> None:
        self.tar.close()
        self._file.close()

    def _unpack(self, scratch: Path) -> None:
        unpacked = 0
        with _OPENERS[self.compression](self.path) as packed, open(scratch, "xb") as plain:
            while chunk := self._next_chunk(packed):
                unpacked += len(chunk)
                if unpacked > self._limit:
                    raise self._bomb()
                plain.write(chunk)

    def _next_chunk(self, packed: BufferedReader) -> bytes:
        try:
            return packed.read1(CHUNK)  # not read: it would lose what it has when the end is torn
        except _BROKEN as error:  # what came before it is kept
            self.damage = f"is cut off or damaged ({in_words(error)})"
            return b""

    def _bomb(self) -> MediaError:
        return MediaError(
            self.path, f"looks like a decompression bomb (unpacks to over {self._limit:,} bytes)"
        )

    def _look_through(self) -> None:
        start = 0
        try:
            for info in self.tar:
                end = self.tar.offset  # where the next header is to be
                if self.compression and end > self._limit:
                    raise self._bomb()
                check_count(self.path, len(self.members) + 1)
                self.members.append(self._member(info, end - start))
                self.infos.append(info)
                self.extents.append((start, end))
                start = end
        except _BROKEN:
            if not self.members:
                raise
            last = self.members.pop()
            self.damage = f"is cut off or damaged after {len(self.members):,} whole members"
            kind = last.kind or Kind.OTHER
            self.members.append(
                Member(last.index, last.name, last.size, kind, "is cut off", dropped=True)
            )
        else:
            self._check_end(start)

    def _check_end(self, end: int) -> None:
        """Check what follows the last member: tarfile takes anything but a header for the end."""
        behind = 0  # bytes from the first that is no padding
        try:
            self._file.seek(end)
            rest = self._file.read(tarfile.BLOCKSIZE)
            while chunk := self._file.read(CHUNK):  # to the checksum of a compressed file
                behind += len(chunk if behind else chunk.lstrip(b"\0"))
                if self.compression and self._file.tell() > self._limit:
                    raise self._bomb()
        except _BROKEN as error:
            self.damage = f"is cut off or damaged ({in_words(error)})"
        else:
            if rest.strip(b"\0"):
                self.damage = f"is damaged after {len(self.members):,} members"
            elif behind:
                self.damage = (
                    f"has {behind:,} bytes behind its end: it may be several archives joined"
                )

    def _member(self, info: tarfile.TarInfo, stored: int) -> Member:
        index, name, size = len(self.members), info.name, info.size
        if hazard := unsafe_name_reason(info.name):
            return Member(
                index, name, size, Kind.OTHER, hazard, dropped=True, readable=info.isreg()
            )
        if info.issym() or info.islnk():
            hazard = unsafe_link_reason(name, info.linkname, from_root=info.islnk())
            return Member(
                index,
                name,
                size,
                Kind.OTHER,
                hazard,
                f"link to {info.linkname}",
                dropped=bool(hazard),
                readable=False,
                link=info.linkname,
                is_hard_link=info.islnk(),
            )
        if info.isdev():
            problem = "is a device, not a file"
            return Member(index, name, size, Kind.OTHER, problem, dropped=True, readable=False)
        if not info.isreg():
            return Member(index, name, size, None)
        head = b"" if self._by_name else self._head(info)
        if reason := uncolored_reason(name, head):
            return Member(index, name, size, Kind.OTHER, reason)
        return content_member(index, name, kind_of(name, head), size, stored)

    def _head(self, info: tarfile.TarInfo) -> bytes:
        """First bytes of a member; none where the archive is cut off, as the next header shows."""
        content = self.tar.extractfile(info)
        try:
            with translate_errors(info.name):
                return content.read(HEAD_BYTES) if content else b""
        except MediaError:
            return b""
