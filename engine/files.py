"""Files on disk that are written whole or not at all, under hidden names until they are."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CHUNK = 1 << 20
DISK_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
_HIDDEN = re.compile(r"\.(.*)\.[0-9a-f]{8}\.part", re.DOTALL)
_KEPT = "make room and run the same command again, what is done is kept"
_REASONS = {
    errno.ENOSPC: f"the disk is full; {_KEPT}",
    errno.EDQUOT: f"the disk quota is used up; {_KEPT}",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EROFS: "the disk is read-only",
}


def os_reason(error: OSError) -> str:
    """The meaning of an error of the operating system, in a few words for a person."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, is that there is no room left."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            return True
        error = error.__cause__
    return False


def may_write_into(folder: Path) -> bool:
    """Whether a folder, or the nearest one that exists above it, lets us write."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return os.access(place, os.W_OK | os.X_OK)


def is_readable(path: Path) -> bool:
    """Whether the beginning of a file can be read from its disk."""
    try:
        with open(path, "rb") as file:
            file.read(CHUNK)
    except OSError:
        return False
    return True


def temp_path_beside(target: Path) -> Path:
    """A new hidden path in the target's folder, from which a rename makes the target."""
    return target.with_name(f".{_stem(target)}.{secrets.token_hex(4)}.part")


def _stem(target: Path) -> str:
    return target.name.encode(errors="surrogateescape")[:200].decode(errors="ignore")


def is_partial(name: str) -> bool:
    """Whether a name is one of those that files have until they are whole."""
    return _HIDDEN.fullmatch(name) is not None


def remove_partials(targets: Iterable[Path]) -> None:
    """Remove the hidden files that a killed process has left beside targets.

    Args:
        targets: files that no process is writing.
    """
    stems: dict[Path, set[str]] = {}
    for target in targets:
        stems.setdefault(target.parent, set()).add(_stem(target))
    for folder, names in stems.items():
        for place in folder.glob(".*.part") if folder.is_dir() else ():
            match = _HIDDEN.fullmatch(place.name)
            if match and match[1] in names:
                remove(place)


def remove(place: Path) -> None:
    """Remove a file, or a folder with all it holds, as far as that is possible."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place, ignore_errors=True)
    else:
        with suppress(OSError):
            place.unlink()


@contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """A block with a hidden path to write to, which becomes `target` unless the block fails."""
    part = temp_path_beside(target)
    try:
        yield part
        commit(part, target)
    finally:
        part.unlink(missing_ok=True)


def create_exclusive(target: Path, text: str) -> bool:
    """Write a new file whole; False where `target` is there already. Of several writers one wins.

    Works on any file system that has hard links, shared or not.
    """
    part = temp_path_beside(target)
    try:
        with open(part, "x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, target)
    except FileExistsError:
        return False
    finally:
        part.unlink(missing_ok=True)
    return True


@contextmanager
def scratch_beside(target: Path) -> Iterator[Path]:
    """A block with a hidden folder in the target's folder, which is removed at the end."""
    folder = temp_path_beside(target)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def commit(part: Path, target: Path) -> None:
    """Bring a written file to the disk, then rename it to its final name."""
    with open(part, "rb") as file:
        os.fsync(file.fileno())
    os.replace(part, target)
    if os.name == "posix":  # the rename itself is safe once its folder is
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def copy_mtime(target: Path, source: Path) -> None:
    """Give a result the times of its source: folders that are sorted by time stay so."""
    times = source.stat()
    os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))


def atomic_copy(source: Path, target: Path) -> str:
    """Copy a file's content, mode and times; returns the SHA-256 of the content as hex."""
    digest = hashlib.sha256()
    with atomic_write(target) as part:
        with open(source, "rb") as content, open(part, "xb") as copy:
            while chunk := content.read(CHUNK):
                digest.update(chunk)
                copy.write(chunk)
        shutil.copystat(source, part)
    return digest.hexdigest()


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content as hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
