"""Sources of pictures as users name them: folders, archives, packs, films, generated pictures."""

from __future__ import annotations

import atexit
import shutil
import tarfile
import tempfile
import zipfile
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache as once
from itertools import accumulate
from pathlib import Path

import numpy as np

from kinemacolor.models.weights_content import is_safetensors
from kinemacolor.trainers.pictures.archives import open_tar, open_zip
from kinemacolor.trainers.pictures.base import DataError, Source, is_photo
from kinemacolor.trainers.pictures.files import open_folder, open_photo, photos_in
from kinemacolor.trainers.pictures.film import open_film
from kinemacolor.trainers.pictures.generated import PREFIX, open_abstract
from kinemacolor.trainers.pictures.pack import SUFFIX, PackPictures, packs_in

_ZIP_SUFFIXES = (".zip",)
_TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")


class Concatenation:
    """Several sources as one, in order; a name that is already taken gets a number."""

    def __init__(self, parts: Sequence[Source]) -> None:
        self.parts = tuple(parts)
        self._ends = tuple(accumulate(len(part) for part in parts))
        self.names = _unique([name for part in parts for name in part.names])

    def __len__(self) -> int:
        return self._ends[-1]

    def read(self, number: int) -> np.ndarray:
        part, inside = self._place(number)
        return part.read(inside)

    def version(self, number: int) -> str:
        part, inside = self._place(number)
        return part.version(inside)

    def _place(self, number: int) -> tuple[Source, int]:
        """The source of a picture, and its number there."""
        if not 0 <= number < len(self):
            raise IndexError(f"picture {number} of {len(self)}")
        part = bisect_right(self._ends, number)
        return self.parts[part], number - (self._ends[part - 1] if part else 0)


def open_pictures(sources: Sequence[str], cache: Path | None = None) -> Source:
    """The pictures of all sources, in the order given.

    Args:
        sources: each a folder, zip, tar (also compressed), pack, folder of packs or film, or
            abstract:geometric|fluid|both[:COUNT[:SEED]] (`kinemacolor.trainers.abstract`).
        cache: folder for unpacked tars and decoded films; left out, a temporary folder that lasts
            as long as this process.

    Raises:
        DataError: a source is absent, cannot be read, or holds no photo.
    """
    if not sources:
        raise DataError("no source of pictures; give a folder, zip, tar, pack or film")
    return Concatenation([_open(source, cache) for source in sources])


def _open(source: str, cache: Path | None) -> Source:
    if source.startswith(PREFIX):
        return open_abstract(source)
    path = Path(source)
    try:
        if path.is_dir():
            packs = [PackPictures(pack) for pack in packs_in(path)]
            return Concatenation([*packs, photos_in(path)]) if packs else open_folder(path)
        if not path.is_file():
            raise DataError(
                f"{source}: not found; give a folder, zip, tar, pack or film that is there"
            )
        if is_photo(path.name):
            return open_photo(path)
        if path.suffix.lower() == SUFFIX or is_safetensors(path):
            return PackPictures(path)
        name = path.name.lower()
        if name.endswith(_ZIP_SUFFIXES) or zipfile.is_zipfile(path):
            return open_zip(path)
        if name.endswith(_TAR_SUFFIXES) or tarfile.is_tarfile(path):
            return open_tar(path, cache or _temporary())
        return open_film(path, cache or _temporary())
    except OSError as error:
        raise DataError(f"{error.filename or source}: {error.strerror}") from error


@once
def _temporary() -> Path:
    folder = tempfile.mkdtemp(prefix="kinemacolor-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """The same names; to one that comes again, " (2)" and so on is added."""
    taken: dict[str, int] = {}  # and with which number a name was given last
    for name in names:
        new, again = name, taken.get(name, 1)
        while new in taken:
            again += 1
            new = f"{name} ({again})"
        taken[name] = again
        taken.setdefault(new, 1)
    return tuple(taken)
