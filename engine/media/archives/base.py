"""Archive reader and writer interfaces, and their members."""

from __future__ import annotations

import hashlib
import lzma
import shutil
import struct
import tarfile
import threading
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.archives.damage import in_words
from kinemacolor.engine.media.archives.guards import bomb_reason
from kinemacolor.engine.media.kinds import Kind

CHUNK = 1 << 20

_DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError,
    ValueError,
)  # fmt: skip


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
        link: where it points, if it is a link: from its own folder, or as a hard link from the
            archive's root.
        is_hard_link: it is one.
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
    link: str = ""
    is_hard_link: bool = False

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
    def put_link(self, member: Member) -> None:
        """Write a link that points elsewhere than in the source.

        Args:
            member: of the source, with its new `link`; its other attributes are kept.
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
        content = bytearray()
        with self._lock:
            for chunk in self._chunks(member):
                if len(content) + len(chunk) > member.size:
                    raise MediaError(member.name, "holds more than it declares")
                content += chunk
        return bytes(content)

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
def writing(archive: ArchiveReader, part: Path) -> Iterator[ArchiveWriter]:
    """A block with a writer of the archive's format to the new file `part`, closed at its end."""
    writer = archive.writer(part)
    try:
        yield writer
    except BaseException:
        with suppress(OSError, ValueError):  # it goes away; the first error is the one to tell
            writer.close()
        raise
    writer.close()


@contextmanager
def translate_errors(name: str) -> Iterator[None]:
    """Translate what the archive libraries raise into a MediaError about `name`."""
    try:
        yield
    except NotImplementedError as error:
        raise MediaError(name, f"is packed in a way that cannot be read ({error})") from error
    except _DAMAGE as error:
        raise MediaError(
            name, f"is damaged ({in_words(error)})" if str(error) else "is damaged"
        ) from error
    except OSError as error:
        raise MediaError(name, f"cannot be read ({error.strerror or error})") from error


def copied_note(kind: Kind) -> str:
    """Remark for the user on a member that is copied unchanged; mostly empty."""
    return "an archive inside an archive is not opened" if kind is Kind.ARCHIVE else ""


def content_member(index: int, name: str, kind: Kind, size: int, stored: int) -> Member:
    """Member with content, guarded against decompression bombs.

    A still or film that is one has a problem. Anything else is copied as its stored bytes and never
    unpacked, not even for its digest.

    Args:
        index, name, kind: of the member.
        size: declared bytes of the unpacked content.
        stored: bytes in the archive.
    """
    reason = bomb_reason(kind, size, stored)
    if kind in (Kind.STILL, Kind.FILM):
        return Member(index, name, size, kind, reason, copied_note(kind))
    notes = filter(None, (copied_note(kind), reason and f"{reason}: not unpacked"))
    return Member(index, name, size, kind, note="; ".join(notes), readable=not reason)


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
