"""A coloured picture of a preview, and a still as one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kinemacolor.engine.backends.base import Pictures
from kinemacolor.engine.media.stills import Still, read_still, to_upright
from kinemacolor.engine.media.stills.memory import still_memory
from kinemacolor.engine.memory_budget import check_memory
from kinemacolor.engine.pipeline.own_colors import still_verdict
from kinemacolor.engine.pipeline.stills import color_pixels
from kinemacolor.engine.preview.networks import Listener, PreviewNetwork
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
        in_color: it is in colour already, and keeps its colours in one column at least.
    """

    before: np.ndarray
    after: tuple[np.ndarray, ...]
    uncertainty: tuple[float | None, ...]
    work: tuple[Work, ...]
    in_color: bool = False


class Guide(Protocol):
    """What a person said of a still, ready to be followed."""

    def __call__(
        self, network: Listener, still: Still, settings: Settings
    ) -> Callable[[Pictures], Pictures]:
        """A network that colours the still as its guide says."""


def color_still(
    content: bytes, name: str, columns: Sequence[Column], guide: Guide | None = None
) -> ColoredPicture:
    """A still before and after, with the pixels that it has in a job's result.

    Args:
        content: of the file.
        name: for errors.
        columns: the ways of colouring.
        guide: what a person said of it.

    Raises:
        MediaError: it cannot be read, or is in colour where that is refused.
        KinemacolorError: the guide does not fit it.
    """
    check_memory(name, still_memory(content), columns[0].settings)
    still = read_still(content, name)
    light = still.pixels.mean(axis=2) if still.pixels.ndim == 3 else still.pixels
    upright = np.ascontiguousarray(to_upright(light.astype(np.float32), still.orientation))
    before = still_picture(still, still.pixels)
    after, work = [], []
    uncertainty: list[float | None] = []
    in_color = False
    for column in columns:
        began = time.perf_counter()
        given_back, _ = still_verdict(still.pixels, name, column.settings)
        if given_back:
            in_color = True
            after.append(before)
            uncertainty.append(None)
            work.append(Work(time.perf_counter() - began))
            continue
        listener = column.network.for_picture("still")
        rgb, _, _ = color_pixels(
            still.pixels,
            guide(listener, still, column.settings) if guide else listener,
            column.settings,
            still.orientation,
            still.space,
            still.target,
            name,
        )
        work.append(Work(time.perf_counter() - began))
        after.append(still_picture(still, rgb))
        uncertainty.append(listener.uncertainty(upright))
    return ColoredPicture(before, tuple(after), tuple(uncertainty), tuple(work), in_color)
