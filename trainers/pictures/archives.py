"""Photos in a zip or tar, read in any order without unpacking them."""

from __future__ import annotations

import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kinemacolor.trainers.pictures.base import DataError, decode, is_photo, no_photos
from kinemacolor.trainers.pictures.caching import built, identity

_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError)
_ENCRYPTED = 0x1  # bit of a zip member's flags


class ZipPictures:
    """Photos of a zip; another process that gets these opens the file for itself."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except _DAMAGE as error:
            raise _damaged(path, error) from error
        members = [m for m in self._zip.infolist() if not m.is_dir() and is_photo(m.filename)]
        if not members:
            raise no_photos(path)
        if any(member.flag_bits & _ENCRYPTED for member in members):
            raise DataError(f"{path}: its photos are encrypted; unpack it with its password first")
        self._members = sorted(members, key=lambda member: member.filename)
        self.names = tuple(f"{path.name}/{member.filename}" for member in self._members)

    def __reduce__(self) -> tuple[Callable[[Path], ZipPictures], tuple[Path]]:
        return type(self), (self.path,)

    def __len__(self) -> int:
        return len(self._members)

    def read(self, number: int) -> np.ndarray:
        try:
            content = self._zip.read(self._members[number])
        except (*_DAMAGE, NotImplementedError) as error:  # the latter: an unknown compression
            raise DataError(f"{self.names[number]}: cannot be unpacked ({error})") from error
        return decode(content, self.names[number])


class TarPictures:
    """Photos of a plain tar, by where their bytes lie.

    Args:
        path: of the tar.
        title: what the names begin with.
    """

    def __init__(self, path: Path, title: str) -> None:
        self.path = path
        try:
            with tarfile.open(path, "r:") as tar:
                found = [(m.name, m.offset_data, m.size) for m in tar if _wanted(m)]
        except _DAMAGE as error:
            raise _damaged(path, error) from error
        if not found:
            raise no_photos(path)
        found.sort()
        self.names = tuple(f"{title}/{name.removeprefix('./')}" for name, _, _ in found)
        self._places = tuple((offset, size) for _, offset, size in found)

    def __len__(self) -> int:
        return len(self._places)

    def read(self, number: int) -> np.ndarray:
        offset, size = self._places[number]
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                content = file.read(size)
        except OSError as error:
            raise DataError(f"{self.path}: {error.strerror}") from error
        return decode(content, self.names[number])


def open_tar(path: Path, cache: Path) -> TarPictures:
    """Photos of a tar; those of a compressed one are first copied, once, to a plain tar in `cache`.

    Raises:
        DataError: it is damaged, or there are no photos in it.
    """
    try:
        with tarfile.open(path, "r:"):
            return TarPictures(path, path.name)
    except tarfile.ReadError:
        plain = built(cache / f"{identity(path)}.tar", lambda part: _copy_photos(path, part))
        return TarPictures(plain, path.name)


def _copy_photos(source: Path, target: Path) -> None:
    """Copy the photos of a compressed tar to a plain one."""
    copied = 0
    try:
        with tarfile.open(source, "r|*") as packed, tarfile.open(target, "w") as plain:
            for member in packed:
                if _wanted(member):
                    plain.addfile(member, packed.extractfile(member))
                    copied += 1
    except _DAMAGE as error:
        raise _damaged(source, error) from error
    if not copied:
        raise no_photos(source)


def _wanted(member: tarfile.TarInfo) -> bool:
    # A sparse file's bytes do not lie in one piece; no photo is one.
    return member.isreg() and not member.issparse() and is_photo(os.path.normpath(member.name))


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(f"{path}: is damaged or cut off ({error}); fetch it again")
