"""Recombination for film: ab and the decoded luma plane to the Cb and Cr planes of the output.

The way from lightness and ab to chroma is tabulated: for each of 256 luma levels, a grid of 33 x 33
nodes over a* and b* holds Cb and Cr, fitted into gamut, between which it is interpolated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Generic, Protocol, TypeVar

import cv2
import numpy as np
import torch

from kinemacolor.engine.color.planes import halved, look_up, resize_plane
from kinemacolor.engine.color.upsampling import EdgeAwareUpsampler
from kinemacolor.engine.kept_tables import kept_table
from kinemacolor.models.color.encoding import YCbCrEncoding
from kinemacolor.models.color.ycbcr import chroma_for_ab, lightness_of_luma

_LEVELS = 256  # luma levels of the table; a finer luma is rounded to these for its colour only
_SOLVED_LEVELS = 65  # of them solved, the rest interpolated
NODES = 33  # of a* and b* each
REACH = 112.0  # the table covers -REACH..REACH
LAST_OF_BYTES = 255  # the largest code of planes of 8 bits, which are uint8
_TILES = 16  # luma levels a row of the table's picture

Plane = TypeVar("Plane")


class LumaPlane(Protocol):
    """The luma of one frame, held where its recombination is computed."""

    def lightness(self, shape: tuple[int, int]) -> np.ndarray:
        """(h, w) float32 L* of the plane, averaged down (or enlarged) to `shape`."""

    def recombine(self, ab: np.ndarray, lightness: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The chroma planes of the frame.

        Args:
            ab: (h, w, 2) float32 at the working size.
            lightness: (h, w) float32 L* that `ab` belongs to.

        Returns:
            Cb, Cr: code values of the output, as large as its chroma planes; uint8, or uint16
                where it has more than 8 bits.
        """


class Recombiner(Protocol[Plane]):
    """What recombines a film's frames; `Plane` is the type of a luma plane where it computes."""

    def to_device(self, luma: np.ndarray) -> Plane:
        """An (H, W) uint8 or uint16 luma plane, copied to where the other methods need it."""

    def lightness(self, luma: Plane, shape: tuple[int, int]) -> np.ndarray:
        """As of `LumaPlane`."""

    def __call__(
        self, luma: Plane, ab: np.ndarray, lightness: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `recombine` of `LumaPlane`."""


@dataclass(frozen=True)
class _HeldLuma(Generic[Plane]):
    """A luma plane with its recombiner: a `LumaPlane`."""

    recombiner: Recombiner[Plane]
    luma: Plane

    def lightness(self, shape: tuple[int, int]) -> np.ndarray:
        return self.recombiner.lightness(self.luma, shape)

    def recombine(self, ab: np.ndarray, lightness: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.recombiner(self.luma, ab, lightness)


def holder(recombiner: Recombiner[Plane]) -> Callable[[np.ndarray], LumaPlane]:
    """A function that brings a film's decoded luma planes to where `recombiner` computes."""

    def hold(luma: np.ndarray) -> LumaPlane:
        return _HeldLuma(recombiner, recombiner.to_device(luma))

    return hold


@lru_cache(maxsize=8)
def chroma_tables(matrix: str, primaries: str) -> tuple[np.ndarray, np.ndarray]:
    """Cb, Cr (-0.5..0.5) by luma, a* and b*, each laid out as tiles of one picture for cv2.remap.

    (16 * 33, 16 * 33) float32: tile number = luma level, columns a*, rows b*.
    """
    shape = 2, _TILES * NODES, _TILES * NODES
    compute = partial(_computed_tables, YCbCrEncoding(matrix, primaries))
    cb, cr = kept_table(f"chroma-{matrix}-{primaries}", shape, __file__, compute)
    return cb, cr


def _computed_tables(encoding: YCbCrEncoding) -> np.ndarray:
    """(2, 16 * 33, 16 * 33) Cb and Cr, as `chroma_tables` has them."""
    axis = torch.linspace(-REACH, REACH, NODES)
    ab = torch.stack(torch.meshgrid(axis, axis, indexing="xy"))
    y = torch.linspace(0, 1, _SOLVED_LEVELS).view(-1, 1, 1, 1).expand(-1, 1, NODES, NODES)
    solved = chroma_for_ab(y, ab.expand(_SOLVED_LEVELS, 2, NODES, NODES), encoding)
    flat = solved.reshape(1, _SOLVED_LEVELS, -1).transpose(1, 2)
    levels = torch.nn.functional.interpolate(flat, _LEVELS, mode="linear", align_corners=True)
    tiles = levels.transpose(1, 2).reshape(_TILES, _TILES, 2, NODES, NODES)
    laid: np.ndarray = tiles.permute(2, 0, 3, 1, 4).reshape(2, _TILES * NODES, -1).numpy()
    return laid


class RecombinationTables:
    """What both recombiners look up for a film, whose luma codes have 2^depth values.

    Args:
        encoding: of the film's luma.
        output: of the chroma planes to be made.

    Attributes:
        chroma: Cb and Cr by luma level, a* and b*, as `chroma_tables` lays them out.
        lightness: (2^depth,) float32 L* by luma code.
        tile_x, tile_y: (2^depth,) float32: column and row at which a luma code's tile begins.
        neutral, scale: the chroma code of a Cb or Cr of 0, and codes for a change by 1.
        last: the largest chroma code.
    """

    def __init__(self, encoding: YCbCrEncoding, output: YCbCrEncoding) -> None:
        self.chroma = chroma_tables(output.matrix, output.primaries)
        self.lightness: np.ndarray = lightness_of_luma(encoding).numpy()
        black, span = encoding.luma_scale
        codes = np.arange(1 << encoding.depth)
        level = ((codes - black) / span * (_LEVELS - 1)).round().clip(0, _LEVELS - 1)
        self.tile_x = (level % _TILES * NODES).astype(np.float32)
        self.tile_y = (level // _TILES * NODES).astype(np.float32)
        self.neutral, self.scale = output.chroma_scale
        self.last = (1 << output.depth) - 1


class FilmRecombiner:
    """The recombination of a film's frames on the CPU, in OpenCV: a `Recombiner`.

    Args:
        encoding: of the film's luma.
        chroma_shape: (rows, columns) of the chroma planes to be made.
        saturation: factor on ab.
        output: of these planes; None is as the luma's.
    """

    def __init__(
        self,
        encoding: YCbCrEncoding,
        chroma_shape: tuple[int, int],
        saturation: float = 1.0,
        output: YCbCrEncoding | None = None,
    ) -> None:
        self._chroma_shape, self._saturation = chroma_shape, saturation
        self._tables = RecombinationTables(encoding, output or encoding)

    def to_device(self, luma: np.ndarray) -> np.ndarray:
        """The luma itself: it is there already."""
        return luma

    def lightness(self, luma: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        """float32 L* of a luma plane, averaged down (or enlarged) to `shape`."""
        return look_up(self._tables.lightness, resize_plane(halved(luma, shape), shape))

    def __call__(
        self, luma: np.ndarray, ab: np.ndarray, lightness: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Chroma planes for a frame, as `recombine` of `LumaPlane`."""
        tables = self._tables
        small = resize_plane(luma, self._chroma_shape)
        # The planes between are reused: fresh memory costs more than the sums.
        upsample = EdgeAwareUpsampler(self._to_nodes(ab), lightness)
        x, y = upsample(look_up(tables.lightness, small))
        for node, tile in ((x, tables.tile_x), (y, tables.tile_y)):
            np.clip(node, 0, NODES - 1, out=node)
            node += look_up(tile, small)
        cb, cr = (cv2.remap(table, x, y, cv2.INTER_LINEAR) for table in tables.chroma)
        return self._to_codes(cb), self._to_codes(cr)

    def _to_nodes(self, ab: np.ndarray) -> np.ndarray:
        """ab as places among the tables' nodes."""
        steps = (NODES - 1) / (2 * REACH)
        return ab * np.float32(self._saturation * steps) + np.float32((NODES - 1) / 2)

    def _to_codes(self, chroma: np.ndarray) -> np.ndarray:
        """Cb or Cr as code values; the memory of `chroma` is used up."""
        tables = self._tables
        if tables.last == LAST_OF_BYTES:
            return cv2.convertScaleAbs(chroma, alpha=tables.scale, beta=tables.neutral)
        chroma *= tables.scale
        chroma += tables.neutral
        codes: np.ndarray = np.rint(chroma, out=chroma).clip(0, tables.last)
        return codes.astype(np.uint16)
