"""A coloured picture of a preview, and a still as one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kinemacolor.engine.media.stills import read_still, to_upright
from kinemacolor.engine.pipeline.stills import color_pixels
from kinemacolor.engine.preview.networks import PreviewNetwork
from kinemacolor.engine.preview.pictures import still_picture
from kinemacolor.engine.settings import Settings


class Column(Protocol):
    """One way of colouring: settings, and the network that they name."""

    @property
    def settings(self) -> Settings:
        """Of it."""

    @property
    def network(self) -> PreviewNetwork:
        """Loaded."""


@dataclass(frozen=True)
class Work:
    """What colouring a picture in one way took.

    Args:
        coloring: seconds from decoded frames to coloured planes, or for all of a still.
        frames: that went through the stages for it.
        decoding: seconds that decoding these took.
        decoded: frames that were decoded, those before the first of them included.
        network: seconds of `coloring` in which the network worked.
        keys: pictures that it worked on.
    """

    coloring: float
    frames: int = 1
    decoding: float = 0.0
    decoded: int = 0
    network: float = 0.0
    keys: int = 0


@dataclass(frozen=True)
class ColoredPicture:
    """A picture in all columns.

    Args:
        before: (H, W, 3) uint8 sRGB, upright, small enough for a page.
        after: the same in each column.
        uncertainty: in each column the expected error in LAB units; None where unknown.
        work: in each column.
    """

    before: np.ndarray
    after: tuple[np.ndarray, ...]
    uncertainty: tuple[float | None, ...]
    work: tuple[Work, ...]


def color_still(content: bytes, name: str, columns: Sequence[Column]) -> ColoredPicture:
    """A still before and after, with the pixels that it has in a job's result.

    Args:
        content: of the file.
        name: for errors.
        columns: the ways of colouring.

    Raises:
        MediaError: it cannot be read.
    """
    still = read_still(content, name)
    light = still.pixels.mean(axis=2) if still.pixels.ndim == 3 else still.pixels
    upright = np.ascontiguousarray(to_upright(light.astype(np.float32), still.orientation))
    after, uncertainty, work = [], [], []
    for column in columns:
        began = time.perf_counter()
        listener = column.network.for_picture("still")
        rgb, _, _ = color_pixels(still.pixels, listener, column.settings, still.orientation)
        work.append(Work(time.perf_counter() - began))
        after.append(still_picture(still, rgb))
        uncertainty.append(listener.uncertainty(upright))
    before = still_picture(still, still.pixels)
    return ColoredPicture(before, tuple(after), tuple(uncertainty), tuple(work))
