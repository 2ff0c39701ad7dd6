"""Zip archives: members are read, copied as their packed bytes, or written with new content."""

# ruff: noqa: SIM115 - readers and writers hold their files until they are closed

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path
from typing import IO

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.archives.base import (
    CHUNK,
    ArchiveReader,
    ArchiveWriter,
    Member,
    content_member,
    copy_all,
    copy_exactly,
    translate_errors,
)
from kinemacolor.engine.media.archives.damage import in_words
from kinemacolor.engine.media.archives.guards import (
    check_count,
    unsafe_link_reason,
    unsafe_name_reason,
)
from kinemacolor.engine.media.archives.zip_content import ZipContent
from kinemacolor.engine.media.archives.zip_entry import (
    LONGEST_FIELD,
    ZIP64_BYTES,
    ZIP64_EXTRA,
    ZipEntry,
    without_extra,
)
from kinemacolor.engine.media.kinds import HEAD_BYTES, Kind, kind_of, uncolored_reason

LOCAL_HEADER = struct.Struct("<4s22xHH")  # 4.3.7: signature, name length, extra length
ENCRYPTED, DESCRIPTOR = 1 << 0, 1 << 3  # 4.4.4: general purpose flags
_OVERLAP = "shares its bytes with other members, or lies outside the archive"


class ZipReader(ArchiveReader):
    """Reader of a zip archive.

    Args:
        path: the archive.
        by_name: tell members' kinds by their names alone, without reading their first bytes.

    Raises:
        MediaError: it is no zip, is cut off or has a damaged directory.
    """

    format = "zip"

    def __init__(self, path: Path, *, by_name: bool = False) -> None:
        super().__init__()
        self._by_name = by_name
        try:
            self.zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise MediaError(
                path,
                f"is cut off or damaged ({in_words(error)})",
                "use a good copy, or repair it (zip -FF)",
            ) from error
        # Each has a position of its own: packed bytes are copied beside the reading of members.
        self._file, self._contents = open(path, "rb"), open(path, "rb")
        try:
            self.infos = self.zip.infolist()
            check_count(path, len(self.infos))
            self._ends = self._extents()
            self.members = [self._member(index, info) for index, info in enumerate(self.infos)]
        except BaseException:
            self.close()
            raise

    def open(self, member: Member) -> IO[bytes]:
        return self._content(member.index)

    def _content(self, index: int) -> IO[bytes]:
        packed, _ = self._packed(self._contents, index)
        return io.BufferedReader(ZipContent(packed, packed.tell(), self.infos[index]), CHUNK)

    def writer(self, target: Path) -> ZipWriter:
        return ZipWriter(self, target)

    def close(self) -> None:
        self.zip.close()
        self._file.close()
        self._contents.close()

    def copy_stub(self, target: IO[bytes]) -> None:
        """Copy what stands before the first member, as a self-extracting archive's program."""
        self._file.seek(0)
        first = min((info.header_offset for info in self.infos), default=0)
        # Before the file's beginning where the archive has lost some of it.
        copy_exactly(self._file, target, max(0, first), str(self.zip.filename))

    def packed(self, member: Member) -> tuple[IO[bytes], bytes]:
        """Packed bytes of a member.

        Returns:
            The file, positioned at them, and the extra field of the member's local header.

        Raises:
            MediaError: they are missing or cut off.
        """
        return self._packed(self._file, member.index)

    def _packed(self, file: IO[bytes], index: int) -> tuple[IO[bytes], bytes]:
        info = self.infos[index]
        file.seek(info.header_offset)
        header = file.read(LOCAL_HEADER.size)
        if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\3\4"):
            raise MediaError(info.filename, "is missing in the archive")
        _, name_length, extra_length = LOCAL_HEADER.unpack(header)
        file.seek(name_length, 1)
        extra = file.read(extra_length)
        if file.tell() + info.compress_size > self._ends[index]:
            raise MediaError(info.filename, _OVERLAP)
        return file, extra

    def _extents(self) -> list[int]:
        """Offset at which each member must end: the next local header or the central directory."""
        ends = [0] * len(self.infos)
        end = self.zip.start_dir
        offset_of = [info.header_offset for info in self.infos]
        for index in sorted(range(len(ends)), key=offset_of.__getitem__, reverse=True):
            ends[index] = end
            end = min(end, offset_of[index])
        return ends

    def _member(self, index: int, info: zipfile.ZipInfo) -> Member:
        name, size = info.filename, info.file_size
        encrypted = bool(info.flag_bits & ENCRYPTED)
        if hazard := unsafe_name_reason(name):
            readable = not (encrypted or info.is_dir())
            return Member(
                index, name, size, Kind.OTHER, hazard,
                dropped=True, readable=readable, encrypted=encrypted,
            )  # fmt: skip
        if info.header_offset + LOCAL_HEADER.size + info.compress_size > self._ends[index]:
            return Member(index, name, size, Kind.OTHER, _OVERLAP, dropped=True)
        if info.is_dir():
            return Member(index, name, size, None)
        if encrypted:
            kind = kind_of(name, b"")
            colorable = kind in (Kind.STILL, Kind.FILM) or bool(uncolored_reason(name, b""))
            return Member(
                index,
                name,
                size,
                kind,
                "is password-protected" if colorable else "",
                "" if colorable else "password-protected",
                readable=False,
                encrypted=True,
            )
        if stat.S_ISLNK(info.external_attr >> 16) and info.create_system == 3:
            return self._link(index, info)
        head = b"" if self._by_name else self._head(index)
        if reason := uncolored_reason(name, head):
            return Member(index, name, size, Kind.OTHER, reason)
        return content_member(index, name, kind_of(name, head), size, info.compress_size)

    def _link(self, index: int, info: zipfile.ZipInfo) -> Member:
        target = self._head(index).decode("utf-8", "surrogateescape")
        hazard = unsafe_link_reason(info.filename, target)
        return Member(
            index,
            info.filename,
            info.file_size,
            Kind.OTHER,
            hazard,
            f"link to {target}",
            dropped=bool(hazard),
            readable=False,
            link=target,
        )

    def _head(self, index: int) -> bytes:
        """First bytes of a member; none where it cannot be read, which reading it will report."""
        try:
            with translate_errors(self.infos[index].filename), self._content(index) as content:
                return content.read(HEAD_BYTES)
        except MediaError:
            return b""


class ZipWriter(ArchiveWriter):
    """Writer of a zip like its source: names byte for byte, times, modes, comments."""

    def __init__(self, source: ZipReader, target: Path) -> None:
        self._source = source
        self._file = open(target, "xb")
        source.copy_stub(self._file)
        self._zip = zipfile.ZipFile(self._file, "w")
        self._zip.comment = source.zip.comment

    def copy(self, member: Member) -> None:
        entry = ZipEntry.like(self._source.infos[member.index])
        packed, local_extra = self._source.packed(member)
        zip64 = max(entry.file_size, entry.compress_size) > zipfile.ZIP64_LIMIT
        central_extra, entry.extra = entry.extra, without_extra(local_extra, ZIP64_EXTRA)
        entry.header_offset = self._file.tell()
        self._file.write(entry.FileHeader(zip64))
        copy_exactly(packed, self._file, entry.compress_size, member.name)
        if entry.flag_bits & DESCRIPTOR:  # 4.3.9; the flag stays: encryption depends on it
            layout = "<4sLQQ" if zip64 else "<4sLLL"
            self._file.write(
                struct.pack(layout, b"PK\7\10", entry.CRC, entry.compress_size, entry.file_size)
            )
        entry.extra = central_extra
        self._zip.filelist.append(entry)
        self._zip.start_dir = self._file.tell()  # where zipfile goes on

    def put(self, member: Member, content: IO[bytes], size: int, name: str) -> None:
        entry = ZipEntry.like(self._source.infos[member.index])
        if name != member.name:
            entry.rename(name)
        _, local_extra = self._source.packed(member)
        central_extra, attributes = entry.extra, entry.external_attr
        entry.extra = without_extra(local_extra, ZIP64_EXTRA)
        entry.file_size = size
        if max(len(entry.name_bytes), len(entry.extra) + ZIP64_BYTES) > LONGEST_FIELD:
            raise MediaError(name, "has too long a name, or too many attributes, for a new entry")
        with self._zip.open(entry, "w") as target:
            copy_all(content, target)
        entry.extra, entry.external_attr = central_extra, attributes
        self._zip.NameToInfo.pop(entry.filename)  # the source may have a name twice; so may we

    def put_link(self, member: Member) -> None:
        content = member.link.encode("utf-8", "surrogateescape")
        self.put(member, io.BytesIO(content), len(content), member.name)

    def close(self) -> None:
        self._zip.close()
        self._file.close()
