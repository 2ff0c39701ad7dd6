"""Writing of tars like their sources: members copied as stored, or given new content."""

# ruff: noqa: SIM115 - a writer holds its files until it is closed

from __future__ import annotations

import bz2
import copy
import gzip
import lzma
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Literal, cast

from kinemacolor.engine.media.archives.base import (
    ArchiveWriter,
    Member,
    copy_all,
    copy_exactly,
    translate_errors,
)


class TarWriter(ArchiveWriter):
    """Writer of a tar like its source, with the same compression.

    Args:
        plain: the source, unpacked.
        infos: of its members.
        extents: of its members' headers and contents in `plain`, from byte to byte.
        target: the new file.
        compression: "gz", "xz", "bz2", or empty for none.
    """

    def __init__(
        self,
        plain: Path,
        infos: Sequence[tarfile.TarInfo],
        extents: Sequence[tuple[int, int]],
        target: Path,
        compression: str,
    ) -> None:
        self._infos, self._extents = infos, extents
        self._plain = open(plain, "rb")  # its own position, beside the readers'
        head = self._plain.read(tarfile.BLOCKSIZE)
        # GNU tar's own format where the source has it; else POSIX, plain ustar where that will do.
        is_gnu = head[257:265] == b"ustar  \0"
        self._format: Literal[1, 2] = tarfile.GNU_FORMAT if is_gnu else tarfile.PAX_FORMAT
        self._raw = open(target, "xb")
        self._file = self._compressed(compression)

    def copy(self, member: Member) -> None:
        self._copy(*self._extents[member.index], member.name)

    def put(self, member: Member, content: IO[bytes], size: int, name: str) -> None:
        info = copy.copy(self._infos[member.index])
        stale = {"size"} | ({"path"} if name != info.name else set())
        info.pax_headers = {
            key: value
            for key, value in info.pax_headers.items()
            if key not in stale and not key.startswith("GNU.sparse")
        }
        info.name, info.size, info.type, info.sparse = name, size, tarfile.REGTYPE, None
        self._put_header(member, info)
        copy_all(content, self._file)
        self._file.write(bytes(-size % tarfile.BLOCKSIZE))

    def put_link(self, member: Member) -> None:
        info = copy.copy(self._infos[member.index])
        info.pax_headers = {k: v for k, v in info.pax_headers.items() if k != "linkpath"}
        info.linkname = member.link
        self._put_header(member, info)

    def _put_header(self, member: Member, info: tarfile.TarInfo) -> None:
        """Write a member's header anew; global headers before it stay as they are."""
        with translate_errors(info.name):  # before anything is written
            header = info.tobuf(self._format, "utf-8", "surrogateescape")
        start = self._extents[member.index][0]
        self._copy(start, self._infos[member.index].offset, member.name)
        self._file.write(header)

    def close(self) -> None:
        end = self._file.tell() + 2 * tarfile.BLOCKSIZE
        self._file.write(bytes(2 * tarfile.BLOCKSIZE + -end % tarfile.RECORDSIZE))
        if self._file is not self._raw:
            self._file.close()
        self._raw.close()
        self._plain.close()

    def _copy(self, start: int, end: int, name: str) -> None:
        self._plain.seek(start)
        copy_exactly(self._plain, self._file, end - start, name)

    def _compressed(self, compression: str) -> IO[bytes]:
        if compression == "gz":  # no name and no time inside: equal content, equal bytes
            return cast(IO[bytes], gzip.GzipFile("", "wb", fileobj=self._raw, mtime=0))
        if compression == "xz":
            return cast(IO[bytes], lzma.LZMAFile(self._raw, "wb"))
        if compression == "bz2":
            return cast(IO[bytes], bz2.BZ2File(self._raw, "wb"))
        return self._raw
