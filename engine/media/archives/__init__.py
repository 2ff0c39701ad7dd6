"""Archives of stills and films: zip, and tar plain or compressed by gzip, xz or bzip2."""

from __future__ import annotations

import zipfile
from pathlib import Path

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.archives.base import ArchiveReader
from kinemacolor.engine.media.archives.tar import TarReader, compression_of
from kinemacolor.engine.media.archives.zip import ZipReader
from kinemacolor.engine.media.kinds import HEAD_BYTES


def open_archive(path: Path, scratch: Path | None = None) -> ArchiveReader:
    """Open an archive by what it holds, whatever its name says.

    Args:
        path: the archive.
        scratch: a new file for the unpacked form of a compressed tar; None only to look through.

    Raises:
        MediaError: empty, not an archive, cut off before its directory, a decompression bomb.
        OSError: the file cannot be opened.
    """
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise MediaError(path, "the file is empty")
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return ZipReader(path)
    if compression_of(head) or head[257:262] == b"ustar":
        return TarReader(path, scratch)
    if path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):  # something stands before it
        return ZipReader(path)
    if path.suffix.lower() == ".tar":  # the oldest tars have no mark
        return TarReader(path, scratch)
    raise MediaError(path, "is not a zip or tar archive", "check that it is whole")
