"""The identity of a source, which its result's tag has: two files of one name are not one."""

from __future__ import annotations

import hashlib
from pathlib import Path

_HEAD = 1 << 16  # bytes that are hashed: a hash of whole films would cost reading them


def source_of(content: bytes) -> str:
    """The identity of a file's content: its size, and a hash of its beginning."""
    return _identity(content[:_HEAD], len(content))


def source_of_file(path: Path) -> str:
    """The identity of a file.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        return _identity(file.read(_HEAD), path.stat().st_size)


def state_of_file(path: Path) -> str:
    """The identity of a file, and when it was written last.

    Raises:
        OSError: it cannot be read.
    """
    return f"{source_of_file(path)}-{path.stat().st_mtime_ns}"


def _identity(head: bytes, size: int) -> str:
    return f"{size}-{hashlib.sha256(head).hexdigest()[:16]}"
