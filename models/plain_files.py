"""What may be replaced by a new file: a regular file or nothing, never a device, pipe or link."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def special_kind(path: Path) -> str:
    """What stands at a path where that is no regular file, such as "a device"; else empty."""
    try:
        mode = path.lstat().st_mode
    except OSError:  # nothing, or nothing that can be seen
        return ""
    if stat.S_ISREG(mode):
        return ""
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), "a device")


def is_dangling(path: Path) -> bool:
    """Whether a path is a link to nothing."""
    return path.is_symlink() and not path.exists()


def replace_plain(part: Path, target: Path) -> None:
    """Rename a written file to its final name, where there is nothing or a regular file.

    Raises:
        FileExistsError: something else is there.
        OSError: it cannot be renamed.
    """
    if kind := special_kind(target):
        raise FileExistsError(errno.EEXIST, f"is {kind}, and nothing but files is replaced")
    os.replace(part, target)
