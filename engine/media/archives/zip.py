"""Zip archives: members are read, copied as their packed bytes, or written with new content."""

# ruff: noqa: SIM115 - readers and writers hold their files until they are closed

from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path
from typing import IO

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.archives.base import (
    ArchiveReader,
    ArchiveWriter,
    Member,
    bomb_reason,
    copied_note,
    copy_all,
    copy_exactly,
    translate_errors,
    unsafe_link_reason,
    unsafe_name_reason,
)
from kinemacolor.engine.media.kinds import HEAD_BYTES, Kind, kind_of

# The fields of the ZIP specification (APPNOTE.TXT) that are written here by hand.
LOCAL_HEADER = struct.Struct("<4s22xHH")  # 4.3.7: signature, name length, extra length
ENCRYPTED, DESCRIPTOR, UTF8 = 1 << 0, 1 << 3, 1 << 11  # 4.4.4: general purpose flags
ZIP64_EXTRA, UNICODE_PATH_EXTRA = 0x0001, 0x7075


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
                f"is cut off or damaged ({error})",
                "use a good copy, or repair it (zip -FF)",
            ) from error
        self._file = open(path, "rb")  # its own position: packed bytes are read beside members
        self.infos = self.zip.infolist()
        self._ends = self._extents()
        self.members = [self._member(index, info) for index, info in enumerate(self.infos)]

    def open(self, member: Member) -> IO[bytes]:
        return self.zip.open(self.infos[member.index])

    def writer(self, target: Path) -> ZipWriter:
        return ZipWriter(self, target)

    def close(self) -> None:
        self.zip.close()
        self._file.close()

    def packed(self, member: Member) -> tuple[IO[bytes], bytes]:
        """Packed bytes of a member.

        Returns:
            The file, positioned at them, and the extra field of the member's local header.

        Raises:
            MediaError: they are missing or cut off.
        """
        info = self.infos[member.index]
        self._file.seek(info.header_offset)
        header = self._file.read(LOCAL_HEADER.size)
        if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\3\4"):
            raise MediaError(member.name, "is missing in the archive")
        _, name_length, extra_length = LOCAL_HEADER.unpack(header)
        self._file.seek(name_length, 1)
        extra = self._file.read(extra_length)
        if self._file.tell() + info.compress_size > self._ends[member.index]:
            raise MediaError(member.name, "is cut off in the archive")
        return self._file, extra

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
            problem = "shares its bytes with other members, or lies outside the archive"
            return Member(index, name, size, Kind.OTHER, problem, dropped=True)
        if info.is_dir():
            return Member(index, name, size, None)
        if encrypted:
            kind = kind_of(name, b"")
            colorable = kind in (Kind.STILL, Kind.FILM)
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
        kind = kind_of(name, b"" if self._by_name else self._head(info))
        problem = bomb_reason(kind, size, info.compress_size)
        return Member(index, name, size, kind, problem, copied_note(kind, name))

    def _link(self, index: int, info: zipfile.ZipInfo) -> Member:
        target = self._head(info).decode("utf-8", "surrogateescape")
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
        )

    def _head(self, info: zipfile.ZipInfo) -> bytes:
        """First bytes of a member; none where it cannot be read, which reading it will report."""
        try:
            with translate_errors(info.filename), self.zip.open(info) as content:
                return content.read(HEAD_BYTES)
        except MediaError:
            return b""


class ZipWriter(ArchiveWriter):
    """Writer of a zip like its source: names byte for byte, times, modes, comments."""

    def __init__(self, source: ZipReader, target: Path) -> None:
        self._source = source
        self._file = open(target, "xb")
        self._zip = zipfile.ZipFile(self._file, "w")
        self._zip.comment = source.zip.comment

    def copy(self, member: Member) -> None:
        entry = _Entry.like(self._source.infos[member.index])
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
        entry = _Entry.like(self._source.infos[member.index])
        if name != member.name:
            entry.rename(name)
        _, local_extra = self._source.packed(member)
        central_extra, attributes = entry.extra, entry.external_attr
        entry.extra = without_extra(local_extra, ZIP64_EXTRA)
        entry.file_size = size
        with self._zip.open(entry, "w") as target:
            copy_all(content, target)
        entry.extra, entry.external_attr = central_extra, attributes
        self._zip.NameToInfo.pop(entry.filename)  # the source may have a name twice; so may we

    def close(self) -> None:
        self._zip.close()
        self._file.close()


class _Entry(zipfile.ZipInfo):
    """Zip entry that keeps its name's bytes, for old zips may use any code page."""

    __slots__ = ("name_bytes", "name_flag")
    name_bytes: bytes
    name_flag: int

    @classmethod
    def like(cls, info: zipfile.ZipInfo) -> _Entry:
        entry = cls(info.filename, info.date_time)
        for slot in (
            "compress_type",
            "comment",
            "create_system",
            "create_version",
            "extract_version",
            "reserved",
            "flag_bits",
            "internal_attr",
            "external_attr",
            "CRC",
            "compress_size",
            "file_size",
        ):
            setattr(entry, slot, getattr(info, slot))
        entry.extra = without_extra(info.extra, ZIP64_EXTRA)
        entry.name_flag = info.flag_bits & UTF8
        entry.name_bytes = info.orig_filename.encode("utf-8" if entry.name_flag else "cp437")
        return entry

    def rename(self, name: str) -> None:
        self.filename = name
        self.name_flag = self.name_flag if name.isascii() else UTF8
        self.name_bytes = name.encode()
        self.extra = without_extra(self.extra, UNICODE_PATH_EXTRA)

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # zipfile's hook for both headers
        return self.name_bytes, self.flag_bits & ~UTF8 | self.name_flag


def without_extra(extra: bytes, field: int) -> bytes:
    """Extra field (4.5.1: id, length, data, ...) without the records of the given id."""
    kept, at = b"", 0
    while at + 4 <= len(extra):
        identity, length = struct.unpack_from("<HH", extra, at)
        if identity != field:
            kept += extra[at : at + 4 + length]
        at += 4 + length
    return kept + extra[at:]
