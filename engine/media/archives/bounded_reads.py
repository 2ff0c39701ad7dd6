"""A file for tarfile, which reads extended headers in one go, however long they claim to be."""

from __future__ import annotations

import tarfile
from io import BufferedReader

_LARGEST_READ = 2 << 20  # content comes in pieces of a megabyte; names take some kilobytes


class BoundedReads:
    """A file whose bytes are had in pieces only: tarfile reads extended headers in one go.

    Args:
        file: the archive, unpacked.
    """

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        """Read `size` bytes, fewer at the end.

        Raises:
            tarfile.ReadError: more than a header, or a piece of content, can have.
        """
        if size > _LARGEST_READ:
            raise tarfile.ReadError(f"a header claims {size:,} bytes")
        return self._file.read(size)
