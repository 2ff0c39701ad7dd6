"""Archive reader and writer interfaces, their members, and the checks for hazards."""

from __future__ import annotations

import hashlib
import lzma
import re
import shutil
import tarfile
import threading
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.kinds import Kind, carried_because

CHUNK = 1 << 20
LARGE = 64 << 20  # below this many bytes nothing counts as a decompression bomb
MAX_RATIO = 200  # pictures shrink 2 to 20 times, blank ones 1000 times
MAX_STILL = 4 << 30  # bytes of one still: it is read into memory

_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, ValueError)


@dataclass(frozen=True, slots=True)
class Member:
    """Entry of an archive, as its directory or header describes it.

    Args:
        index: position in the archive, from 0.
        name: as the archive spells it; never used as a path on disk.
        size: declared bytes of the unpacked content.
        kind: film, still, archive or other; None for folders and other entries without content.
        problem: reason why it must not be opened; empty where nothing is wrong.
        note: remark for the user when it is copied unchanged.
        dropped: it is left out of the output: unsafe to pass on, or its bytes cannot be read.
        readable: it has content that can be read; links, devices, and encrypted members have not.
        encrypted: its content needs a password.
    """

    index: int
    name: str
    size: int
    kind: Kind | None
    problem: str = ""
    note: str = ""
    dropped: bool = False
    readable: bool = True
    encrypted: bool = False

    @property
    def to_color(self) -> bool:
        """Whether it is a film or a still without a problem."""
        return self.kind in (Kind.FILM, Kind.STILL) and not self.problem


class ArchiveWriter(ABC):
    """Writer of an archive of its source's format, member by member in the source's order."""

    @abstractmethod
    def copy(self, member: Member) -> None:
        """Copy a member as its stored bytes.

        Raises:
            MediaError: the bytes are missing or cut off in the source.
        """

    @abstractmethod
    def put(self, member: Member, content: IO[bytes], size: int, name: str) -> None:
        """Write a member with new content.

        Args:
            member: of the source; its other attributes are kept.
            content: the new content, read to its end.
            size: its length in bytes.
            name: new name.
        """

    @abstractmethod
    def close(self) -> None:
        """Write the archive's end, without which it is invalid, and close the file."""


class ArchiveReader(ABC):
    """Open archive. Members may be read from several threads.

    Attributes:
        format: "zip", "tar", "tar.gz", "tar.xz" or "tar.bz2".
        members: all entries in the archive's order.
        damage: how the archive is cut off or damaged; empty where it is whole.
    """

    format: str
    members: list[Member]
    damage: str = ""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # one file position serves all readers

    @abstractmethod
    def open(self, member: Member) -> IO[bytes]:
        """Open a member's content; reading may raise what the archive library raises."""

    @abstractmethod
    def writer(self, target: Path) -> ArchiveWriter:
        """Writer of an archive of the same format to the new file `target`."""

    @abstractmethod
    def close(self) -> None:
        """Close the file."""

    def read(self, member: Member) -> bytes:
        """Whole content of a member.

        Raises:
            MediaError: it is damaged or packed in an unknown way.
        """
        with translate_errors(member.name), self._lock, self.open(member) as content:
            return content.read()

    def extract(self, member: Member, target: Path) -> str:
        """Write a member's content to the new file `target`.

        Returns:
            Its SHA-256, in hexadecimal.
        """
        digest = hashlib.sha256()
        with self._lock, open(target, "xb") as file:
            for chunk in self._chunks(member):
                digest.update(chunk)
                file.write(chunk)
        return digest.hexdigest()

    def digest(self, member: Member) -> str:
        """SHA-256 of a member's content, in hexadecimal.

        Raises:
            MediaError: the content, which is read to its end, is damaged.
        """
        digest = hashlib.sha256()
        with self._lock:
            for chunk in self._chunks(member):
                digest.update(chunk)
        return digest.hexdigest()

    def _chunks(self, member: Member) -> Iterator[bytes]:
        with translate_errors(member.name), self.open(member) as content:
            while chunk := content.read(CHUNK):
                yield chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def translate_errors(name: str) -> Iterator[None]:
    """Translate what the archive libraries raise into a MediaError about `name`."""
    try:
        yield
    except NotImplementedError as error:
        raise MediaError(name, f"is packed in a way that cannot be read ({error})") from error
    except _DAMAGE as error:
        raise MediaError(name, f"is damaged ({error})" if str(error) else "is damaged") from error
    except OSError as error:
        raise MediaError(name, f"cannot be read ({error.strerror or error})") from error


def unsafe_name_reason(name: str) -> str:
    """Reason why a member's name is unsafe as a path: absolute, or leading outside; else empty."""
    parts = name.replace("\\", "/").split("/")
    if (parts[0] == "" and name) or re.match(r"[A-Za-z]:", name):
        return "has an absolute path as its name"
    depth = 0
    for part in parts:
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return "has a name that leads outside the archive"
    return ""


def unsafe_link_reason(name: str, target: str, *, from_root: bool = False) -> str:
    """Reason why a link is unsafe: it points outside the archive; else empty.

    Args:
        name: of the link.
        target: where it points.
        from_root: `target` is relative to the archive, as of hard links, not to the link's folder.
    """
    folder = "" if from_root else name.replace("\\", "/").rpartition("/")[0]
    absolute = re.match(r"[/\\]|[A-Za-z]:", target)
    if absolute or unsafe_name_reason(f"{folder}/{target}" if folder else target):
        return f"is a link that leads outside the archive ({target})"
    return ""


def copied_note(kind: Kind, name: str) -> str:
    """Remark for the user on a member that is copied unchanged; mostly empty."""
    if kind is Kind.ARCHIVE:
        return "an archive inside an archive is not opened"
    return carried_because(name) if kind is Kind.OTHER else ""


def bomb_reason(kind: Kind | None, size: int, stored: int) -> str:
    """Reason why a still or film is taken for a decompression bomb; else empty.

    Args:
        kind: of the member; others than stills and films pass.
        size: declared bytes of the unpacked content.
        stored: bytes in the archive.
    """
    if kind is Kind.STILL and size > MAX_STILL:
        return f"claims {size:,} bytes, more than a still may have ({MAX_STILL:,})"
    if kind in (Kind.STILL, Kind.FILM) and size > max(LARGE, MAX_RATIO * stored):
        return f"looks like a decompression bomb ({stored:,} bytes claim to hold {size:,})"
    return ""


def copy_exactly(source: IO[bytes], target: IO[bytes], size: int, name: str) -> None:
    """Copy `size` bytes.

    Raises:
        MediaError: the source ends before.
    """
    while size:
        chunk = source.read(min(CHUNK, size))
        if not chunk:
            raise MediaError(name, "is cut off")
        target.write(chunk)
        size -= len(chunk)


def copy_all(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy to the source's end, in chunks."""
    shutil.copyfileobj(source, target, CHUNK)
