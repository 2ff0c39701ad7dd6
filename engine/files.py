"""Files on disk that are written whole or not at all, under hidden names until they are."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kinemacolor.models.plain_files import replace_plain, special_kind

CHUNK = 1 << 20
DISK_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
_LONGEST, _DIGITS = 200, 16  # bytes of a name within a hidden one, and of them its hash
_HIDDEN = re.compile(r"\.(.*)\.[0-9a-f]{8}\.part", re.DOTALL)
_KEPT = "make room and run the same command again, what is done is kept"
_REASONS = {
    errno.ENOSPC: f"the disk is full; {_KEPT}",
    errno.EDQUOT: f"the disk quota is used up; {_KEPT}",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EROFS: "the disk is read-only",
    errno.ENXIO: "nobody reads this pipe",
}


# Descriptors that lead elsewhere for now, with those that lead where they did: /dev/stdout means
# what the user's shell has connected.
moved_descriptors: dict[int | None, int] = {}


def os_reason(error: OSError) -> str:
    """The meaning of an error of the operating system, in a few words for a person."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, is that there is no room left."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:  # two may be each other's cause
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            return True
        seen.append(error)
        error = error.__cause__
    return False


def unwritable_reason(folder: Path) -> str:
    """Why nothing can be written into a folder, or into what has to be made above it, or ""."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        return f"lies below {place}, which is no folder"
    return "" if os.access(place, os.W_OK | os.X_OK) else "no permission to write here"


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
    """A name, or of a long one the beginning and a hash: no two targets share it."""
    name = target.name.encode(errors="surrogateescape")
    if len(name) > _LONGEST:
        digest = hashlib.sha256(name).hexdigest()[:_DIGITS].encode()
        name = name[: _LONGEST - _DIGITS] + digest
    return name.decode(errors="ignore")


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


@contextmanager
def write_through(target: Path) -> Iterator[Path]:
    """A block with a hidden path to write to, whose content then goes to `target`.

    A regular file is replaced whole. A device or a pipe gets the content; so does the file that a
    link leads to.

    Raises:
        OSError: it cannot be written, or nobody reads the pipe.
    """
    if special_kind(target) == "a link" and not _is_of_system(target):
        target = target.resolve()
    if not special_kind(target):
        with atomic_write(target) as part:
            yield part
        return
    with tempfile.TemporaryDirectory(prefix="kinemacolor-") as scratch:
        part = Path(scratch, "whole")
        yield part
        moved = moved_descriptors.get(_descriptor_of(target))
        if moved is not None:
            place = os.dup(moved)
        else:  # not to wait for a reader that may never come
            place = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)
            os.set_blocking(place, True)
        with open(part, "rb") as content, open(place, "wb") as file:
            shutil.copyfileobj(content, file)


def _descriptor_of(link: Path) -> int | None:
    """The descriptor of this process that a link such as /dev/stdout leads to."""
    place = link.absolute()
    while place.is_symlink():
        if place.parent in (
            Path("/proc/self/fd"),
            Path(f"/proc/{os.getpid()}/fd"),
            Path("/dev/fd"),
        ):
            return int(place.name)
        place = place.parent / os.readlink(place)
    return None


def _is_of_system(link: Path) -> bool:
    """Whether a link leads through one like /dev/stdout: what that leads to is open already."""
    place = link.absolute()
    while place.parts[:2] not in (("/", "dev"), ("/", "proc")):
        if not place.is_symlink():
            return False
        place = place.parent / os.readlink(place)
    return True


def create_exclusive(target: Path, text: str) -> bool:
    """Write a new file whole; False where `target` is there already. Of several writers one wins.

    Works on any file system that has hard links, shared or not. NFS may lose the reply to a link
    that it made, and tell that the target is there: so it is then, and it is ours.
    """
    part = temp_path_beside(target)
    try:
        with open(part, "x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, target)
        except OSError as error:
            if _is_one_file(part, target):
                return True
            if isinstance(error, FileExistsError):
                return False
            raise
    finally:
        part.unlink(missing_ok=True)
    return True


def _is_one_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


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
    """Bring a written file to the disk, then rename it to its final name.

    Raises:
        FileExistsError: what has this name is no regular file, and is not ours to replace.
        OSError: the disk is full, or cannot be written.
    """
    with open(part, "rb") as file:
        os.fsync(file.fileno())
    replace_plain(part, target)
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
