"""What zip and tar have in common: members, their hazards, reading them one by one."""

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
    """One entry of an archive, as its directory or header describes it.

    Args:
        index: place in the archive's order, from 0.
        name: as the archive spells it; never used as a path on disk.
        size: bytes once unpacked, as declared.
        kind: what is done with it; None for a folder and other entries without content.
        problem: why it is not opened at all; empty where nothing is wrong.
        note: what a user should know of it when it is carried over.
        dropped: its bytes do not go to the output (they are unsafe to pass on, or cannot be had).
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
        """Whether it is a film or a still that nothing keeps from being coloured."""
        return self.kind in (Kind.FILM, Kind.STILL) and not self.problem


class ArchiveWriter(ABC):
    """Writes an archive of the same kind, member by member in the source's order."""

    @abstractmethod
    def copy(self, member: Member) -> None:
        """Carry a member over as its stored bytes; MediaError where these cannot be had."""

    @abstractmethod
    def put(self, member: Member, content: IO[bytes], size: int, name: str) -> None:
        """Write new content of `size` bytes under `name`, all else as the member has it."""

    @abstractmethod
    def close(self) -> None:
        """Finish the archive; without it the file is not an archive."""


class ArchiveReader(ABC):
    """An archive open for reading. Members may be read from several threads.

    Attributes:
        format: "zip", "tar", "tar.gz", "tar.xz" or "tar.bz2".
        members: all entries in the archive's order.
        damage: what is missing of a cut-off or damaged archive; empty where it is whole.
    """

    format: str
    members: list[Member]
    damage: str = ""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # one file position serves all readers

    @abstractmethod
    def open(self, member: Member) -> IO[bytes]:
        """A member's content; may raise what the archive library raises."""

    @abstractmethod
    def writer(self, target: Path) -> ArchiveWriter:
        """A writer of the same kind of archive into the new file `target`."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    def read(self, member: Member) -> bytes:
        """A member's content as a whole; MediaError where it is damaged."""
        with translate_errors(member.name), self._lock, self.open(member) as content:
            return content.read()

    def extract(self, member: Member, target: Path) -> str:
        """Write a member's content to the new file `target`; gives its SHA-256."""
        digest = hashlib.sha256()
        with self._lock, open(target, "xb") as file:
            for chunk in self._chunks(member):
                digest.update(chunk)
                file.write(chunk)
        return digest.hexdigest()

    def digest(self, member: Member) -> str:
        """SHA-256 of a member's content, read to its end and so checked; MediaError if damaged."""
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
    """Turn what the archive libraries raise into one clear line about `name`."""
    try:
        yield
    except NotImplementedError as error:
        raise MediaError(name, f"is packed in a way that cannot be read ({error})") from error
    except _DAMAGE as error:
        raise MediaError(name, f"is damaged ({error})" if str(error) else "is damaged") from error
    except OSError as error:
        raise MediaError(name, f"cannot be read ({error.strerror or error})") from error


def unsafe_name_reason(name: str) -> str:
    """Why a member's name must not be unpacked as it is; empty where it is harmless."""
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
    """Why a link must not be unpacked: it points outside. Hard links count `from_root`."""
    folder = "" if from_root else name.replace("\\", "/").rpartition("/")[0]
    absolute = re.match(r"[/\\]|[A-Za-z]:", target)
    if absolute or unsafe_name_reason(f"{folder}/{target}" if folder else target):
        return f"is a link that leads outside the archive ({target})"
    return ""


def carried_note(kind: Kind, name: str) -> str:
    """What a user should know of a member that is carried over; mostly nothing."""
    if kind is Kind.ARCHIVE:
        return "an archive inside an archive is not opened"
    return carried_because(name) if kind is Kind.OTHER else ""


def bomb_reason(kind: Kind | None, size: int, stored: int) -> str:
    """Why a still or film of `size` bytes, packed into `stored`, is not unpacked; mostly empty."""
    if kind is Kind.STILL and size > MAX_STILL:
        return f"claims {size:,} bytes, more than a still may have ({MAX_STILL:,})"
    if kind in (Kind.STILL, Kind.FILM) and size > max(LARGE, MAX_RATIO * stored):
        return f"looks like a decompression bomb ({stored:,} bytes claim to hold {size:,})"
    return ""


def copy_exactly(source: IO[bytes], target: IO[bytes], size: int, name: str) -> None:
    """Copy `size` bytes; MediaError where the source ends before."""
    while size:
        chunk = source.read(min(CHUNK, size))
        if not chunk:
            raise MediaError(name, "is cut off")
        target.write(chunk)
        size -= len(chunk)


def copy_all(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy to the end in chunks."""
    shutil.copyfileobj(source, target, CHUNK)
