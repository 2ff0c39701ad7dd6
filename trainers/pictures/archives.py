"""Photos in a zip or tar, read in any order without unpacking them."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.archives.base import ArchiveReader, Member
from kinemacolor.engine.media.archives.guards import LARGE, unsafe_name_reason
from kinemacolor.engine.media.archives.tar import TarReader, compression_of
from kinemacolor.engine.media.archives.zip import ZipReader
from kinemacolor.engine.media.kinds import uncolored_reason
from kinemacolor.trainers.pictures.base import DataError, decode, is_photo, no_photos
from kinemacolor.trainers.pictures.caching import cached, identity, version_of

_open_zip = partial(ZipReader, by_name=True)
_open_tar = partial(TarReader, by_name=True)


class ArchivePictures:
    """Photos of an archive by number, sorted by name, through the engine's archive reader.

    A reader holds open files, which cannot be pickled: another process opens the archive anew.

    Args:
        path: the archive.
        title: what the photos' names begin with.
        open_reader: opens the archive; picklable.

    Raises:
        DataError: the archive is damaged, encrypted, a decompression bomb, or has no photos.
    """

    def __init__(
        self, path: Path, title: str, open_reader: Callable[[Path], ArchiveReader]
    ) -> None:
        self.path, self._title, self._open_reader = path, title, open_reader
        try:
            self._reader = open_reader(path)
        except MediaError as error:
            raise DataError(path, error.problem, error.remedy) from error
        self._members = _photos(self._reader, path)
        self._version = version_of(path)
        self.names = tuple(f"{title}/{m.name.removeprefix('./')}" for m in self._members)

    def __reduce__(
        self,
    ) -> tuple[type[ArchivePictures], tuple[Path, str, Callable[[Path], ArchiveReader]]]:
        return type(self), (self.path, self._title, self._open_reader)

    def __len__(self) -> int:
        return len(self._members)

    def read(self, number: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB.

        Raises:
            DataError: the member is damaged, hazardous, or no picture.
        """
        member, name = self._members[number], self.names[number]
        if problem := _hazard(member):
            raise DataError(name, problem)
        try:
            content = self._reader.read(member)
        except MediaError as error:
            raise DataError(name, error.problem, error.remedy) from error
        return decode(content, name)

    def version(self, number: int) -> str:
        """The archive's: whatever changes in it, all its photos are other ones."""
        return self._version


def open_zip(path: Path) -> ArchivePictures:
    """Photos of a zip.

    Raises:
        DataError: it is damaged or encrypted, or there are no photos in it.
    """
    return ArchivePictures(path, path.name, _open_zip)


def open_tar(path: Path, cache: Path) -> ArchivePictures:
    """Photos of a tar; a compressed one is first unpacked, once, to a plain tar in `cache`.

    Raises:
        DataError: it is damaged, or there are no photos in it.
    """
    with path.open("rb") as file:
        compressed = compression_of(file.read(8))
    plain = path
    if compressed:
        plain = cached(cache / f"{identity(path)}.tar", lambda part: _unpack(path, part))
    return ArchivePictures(plain, path.name, _open_tar)


def _unpack(source: Path, target: Path) -> None:
    """Write a compressed tar as a plain one, within the reader's limits on its size."""
    try:
        with TarReader(source, target, by_name=True) as reader:
            _photos(reader, source)
    except MediaError as error:
        raise DataError(source, error.problem, error.remedy) from error


def _photos(reader: ArchiveReader, source: Path) -> list[Member]:
    """The members that are photos by their names, sorted; closes a reader that is refused."""
    photos = [m for m in reader.members if m.kind and is_photo(os.path.normpath(m.name))]
    if reader.damage:
        refusal = DataError(source, reader.damage, "fetch it again")
    elif any(member.encrypted for member in photos):
        refusal = DataError(source, "its photos are encrypted", "unpack it with its password first")
    elif not any(member.readable for member in photos):
        refusal = no_photos(source)
    else:
        return sorted((m for m in photos if m.readable), key=lambda m: (m.name, m.index))
    reader.close()
    raise refusal


def _hazard(member: Member) -> str:
    """Why a member is not read; a name that leads outside is harmless where it is no path."""
    if unsafe_name_reason(member.name) and member.size <= LARGE:
        return ""
    if member.problem == uncolored_reason(member.name, b""):  # a kind that only trainers read
        return ""
    return member.problem
