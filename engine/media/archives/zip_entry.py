"""Headers of a zip's members, whose names and extra fields are kept byte for byte (APPNOTE.TXT)."""

from __future__ import annotations

import struct
import zipfile

UTF8 = 1 << 11  # 4.4.4: general purpose flag
ZIP64_EXTRA, UNICODE_PATH_EXTRA = 0x0001, 0x7075
ZIP64_BYTES, LONGEST_FIELD = 20, 0xFFFF  # 4.5.3; names and extra fields have 16-bit lengths


class ZipEntry(zipfile.ZipInfo):
    """Zip entry that keeps its name's bytes, for old zips may use any code page."""

    __slots__ = ("name_bytes", "name_flag")
    name_bytes: bytes
    name_flag: int

    @classmethod
    def like(cls, info: zipfile.ZipInfo) -> ZipEntry:
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
