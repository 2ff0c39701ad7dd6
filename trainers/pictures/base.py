"""Protocol of a source of pictures, and decoding of photo files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Protocol

import cv2
import numpy as np

from kinemacolor.models.errors import KinemacolorError

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"))


class DataError(KinemacolorError):
    """A source without usable pictures, or a picture that cannot be read."""


class Pictures(Protocol):
    """Random-access source of pictures. Picklable, for loader processes are spawned.

    Attributes:
        names: unique names for messages and records, in the order of the numbers.
    """

    @property
    def names(self) -> Sequence[str]: ...

    def __len__(self) -> int: ...

    def read(self, number: int) -> np.ndarray:
        """Picture of a number, (H, W, 3) uint8 RGB; the same at every call.

        Raises:
            DataError: the picture cannot be read.
        """
        ...


class Source(Pictures, Protocol):
    """Pictures as a user names them, which may become others under the same names."""

    def version(self, number: int) -> str:
        """A text that is another one where the file that a picture comes from has changed."""
        ...


def is_photo(name: str | PurePath) -> bool:
    """Whether a path, on disk or in an archive, names a photo; judged by the name alone."""
    path = PurePath(name)
    # macOS puts a "._photo.jpg" of its own beside every photo, also under __MACOSX in zips.
    hidden = any(part == "__MACOSX" or part.startswith(".") for part in path.parts)
    return path.suffix.lower() in SUFFIXES and not hidden


def no_photos(source: object) -> DataError:
    """Error for a source without photos."""
    return DataError(f"{source}: no photos in it; known kinds: {', '.join(sorted(SUFFIXES))}")


def decode(content: bytes, name: str) -> np.ndarray:
    """Decode a photo file to (H, W, 3) uint8 RGB, turned upright by its EXIF orientation.

    Args:
        content: the whole file.
        name: of the photo, for messages.

    Raises:
        DataError: the content is no photo that OpenCV reads.
    """
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # no bytes at all, or more pixels than OpenCV takes
        picture = None
    if picture is None:
        raise DataError(f"{name}: cannot be read as a photo")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
