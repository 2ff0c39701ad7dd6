"""Photo files on disk as a source of pictures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinemacolor.trainers.pictures.base import DataError, decode, is_photo, no_photos
from kinemacolor.trainers.pictures.caching import version_of


class FilePictures:
    """Photo files below a folder.

    Args:
        root: the folder.
        files: paths relative to it, with "/" between parts.
        names: one for every file.
    """

    def __init__(self, root: Path, files: Sequence[str], names: Sequence[str]) -> None:
        self.root, self.files, self.names = root, tuple(files), tuple(names)

    def __len__(self) -> int:
        return len(self.files)

    def read(self, number: int) -> np.ndarray:
        try:
            content = (self.root / self.files[number]).read_bytes()
        except OSError as error:
            raise DataError(f"{self.names[number]}: {error.strerror}") from error
        return decode(content, self.names[number])

    def version(self, number: int) -> str:
        return version_of(self.root / self.files[number])


def open_folder(folder: Path) -> FilePictures:
    """All photos under a folder, as `photos_in` finds them.

    Raises:
        DataError: there are none, or a folder cannot be listed.
    """
    photos = photos_in(folder)
    if not photos.files:
        raise no_photos(folder)
    return photos


def photos_in(folder: Path) -> FilePictures:
    """The photos under a folder, perhaps none, sorted by path; hidden files are skipped.

    Raises:
        DataError: a folder cannot be listed.
    """

    def refuse(error: OSError) -> None:
        raise DataError(f"{error.filename}: cannot be listed ({error.strerror})") from error

    files = []
    for here, _, names in os.walk(folder, onerror=refuse):
        below = Path(here).relative_to(folder)
        files += [(below / name).as_posix() for name in names]
    files = sorted((name for name in files if is_photo(name)), key=lambda name: name.split("/"))
    title = folder.resolve().name
    return FilePictures(folder, files, [f"{title}/{name}" for name in files])


def open_photo(path: Path) -> FilePictures:
    """Source of a single photo."""
    return FilePictures(path.parent, [path.name], [path.name])
