"""What every source of pictures offers, and how a file's bytes become a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Protocol

import cv2
import numpy as np

from kinemacolor.models.errors import KinemacolorError

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"))


class DataError(KinemacolorError):
    """A source that gives no pictures, or a picture that cannot be read; one line."""


class Pictures(Protocol):
    """Pictures by number. Picklable: the processes that load them are spawned.

    Attributes:
        names: unique, for people; in the order of the numbers.
    """

    @property
    def names(self) -> Sequence[str]: ...

    def __len__(self) -> int: ...

    def read(self, number: int) -> np.ndarray:
        """(H, W, 3) uint8 RGB, a pure function of the number.

        Raises:
            DataError: the picture cannot be read.
        """
        ...


def is_photo(name: str | PurePath) -> bool:
    """Whether a path, on disk or in an archive, is that of a photo, by its name alone."""
    path = PurePath(name)
    # macOS puts a "._photo.jpg" of its own beside every photo, also under __MACOSX in zips.
    hidden = any(part == "__MACOSX" or part.startswith(".") for part in path.parts)
    return path.suffix.lower() in SUFFIXES and not hidden


def no_photos(source: object) -> DataError:
    """A source holds nothing that can be learnt from."""
    return DataError(f"{source}: no photos in it; known kinds: {', '.join(sorted(SUFFIXES))}")


def decode(content: bytes, name: str) -> np.ndarray:
    """(H, W, 3) uint8 RGB of a photo file's bytes, turned as its EXIF orientation says.

    Raises:
        DataError: these are not a photo's.
    """
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # no bytes at all, or more pixels than OpenCV takes
        picture = None
    if picture is None:
        raise DataError(f"{name}: cannot be read as a photo")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
