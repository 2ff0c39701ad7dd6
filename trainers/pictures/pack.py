"""Packs: small decoded photos in a file that is mapped into memory, where no decoder is waited for.

A pack is a safetensors file: a tensor of (H, W, 3) uint8 sRGB for every photo, named by its number,
and the photos' names as a JSON list in the metadata. `kinemacolor.trainers.packing` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from kinemacolor.trainers.pictures.base import DataError
from kinemacolor.trainers.pictures.caching import version_of

SUFFIX = ".pack"
KIND, NAMES, SIZE = "kinemacolor", "names", "size"  # keys of the metadata
PACK = "photos"  # the value of KIND


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
            held = len(self._file.keys())
        except (SafetensorError, OSError, ValueError) as error:
            problem = "is a damaged pack, or none"
            raise DataError(path, problem, "make it anew with `kinemacolor pack`") from error
        if held != len(self.names):
            raise DataError(path, f"has {held} photos and {len(self.names)} names")
        self._version = version_of(path)

    def __reduce__(self) -> tuple[type[PackPictures], tuple[Path]]:
        return type(self), (self.path,)

    def __len__(self) -> int:
        return len(self.names)

    def read(self, number: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB; a copy.

        Raises:
            DataError: the photo is damaged.
        """
        try:
            picture = self._file.get_tensor(str(number))
        except (SafetensorError, ValueError) as error:
            raise DataError(self.names[number], "cannot be read from its pack") from error
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
            raise DataError(self.names[number], "is no RGB picture of 8 bits")
        return picture

    def version(self, number: int) -> str:
        """The pack's: whatever changes in it, all its photos are other ones."""
        return self._version


def _names(metadata: Mapping[str, str], path: Path) -> tuple[str, ...]:
    """The photos' names, the pack's own before each.

    Raises:
        ValueError: the file is no pack.
    """
    if metadata.get(KIND) != PACK:
        raise ValueError("no pack")
    names = json.loads(metadata.get(NAMES, ""))
    if not isinstance(names, list):
        raise ValueError("no list of names")
    return tuple(f"{path.name}/{name}" for name in names)
