"""Packs: small decoded photos in a file that is mapped into memory, where no decoder is waited for.

A pack is a safetensors file: a tensor of (H, W, 3) uint8 sRGB for every photo, named by its number,
and the photos' names as a JSON list in the metadata. `kinemacolor.trainers.packing` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from kinemacolor.trainers.pictures.base import DataError
from kinemacolor.trainers.pictures.caching import version_of

SUFFIX = ".pack"
KIND, NAMES, SIZE = "kinemacolor", "names", "size"  # keys of the metadata
PACK = "photos"  # the value of KIND


def packs_in(folder: Path) -> list[Path]:
    """The packs under a folder, sorted by path."""
    return sorted(path for path in folder.rglob(f"*{SUFFIX}") if path.is_file())


class PackPictures:
    """Photos of a pack by number.

    A mapped file cannot be pickled: another process maps it anew.

    Args:
        path: the pack.

    Raises:
        DataError: it is damaged, or none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = safe_open(path, framework="numpy")
            self.names = _names(self._file.metadata() or {}, path)
            _check_shapes(self._file, len(self.names))
        except (SafetensorError, OSError, ValueError, RecursionError) as error:
            problem = f"is a damaged pack, or none ({error})"
            raise DataError(path, problem, "make it anew with `kinemacolor pack`") from error
        self._version = version_of(path)

    def __reduce__(self) -> tuple[type[PackPictures], tuple[Path]]:
        return type(self), (self.path,)

    def __len__(self) -> int:
        return len(self.names)

    def read(self, number: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB; a copy.

        Raises:
            DataError: the pack is another one now.
        """
        # What has been cut off a mapped file cannot be read: the system would end this process.
        if version_of(self.path) != self._version:
            raise DataError(self.path, "has changed since it was opened", "begin again")
        picture: np.ndarray = self._file.get_tensor(str(number))
        return picture

    def version(self, number: int) -> str:
        """The pack's: whatever changes in it, all its photos are other ones."""
        return self._version


def _names(metadata: Mapping[str, str], path: Path) -> tuple[str, ...]:
    """The photos' names, the pack's own before each.

    Raises:
        ValueError: the file is no pack, or has no photos.
    """
    if metadata.get(KIND) != PACK:
        raise ValueError("it does not say that it is one")
    names = json.loads(metadata.get(NAMES, ""))
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("it has no list of names")
    if not names:
        raise ValueError("it has no photos")
    return tuple(f"{path.name}/{name}" for name in names)


def _check_shapes(file: Any, count: int) -> None:
    """See that a pack's tensors are its photos.

    Raises:
        ValueError: they are not.
    """
    if sorted(file.keys()) != sorted(map(str, range(count))):
        raise ValueError(f"its photos are not those of its {count} names")
    for number in range(count):
        photo = file.get_slice(str(number))
        height, width, channels = (*photo.get_shape(), 0, 0, 0)[:3]
        if photo.get_dtype() != "U8" or channels != 3 or not height or not width:
            raise ValueError(f"its photo {number} is no RGB picture of 8 bits")
