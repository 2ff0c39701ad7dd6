"""Recombination for film: ab and the decoded luma plane to the chroma planes that are stored."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import torch

from engine.colour.planes import look_up, resize_plane
from engine.colour.upsampling import EdgeAwareUpsampler
from models.encoding import YCbCrEncoding
from models.ycbcr import chroma_for_ab, lightness_of_luma

_LEVELS = 256  # luma levels of the table; a finer luma is rounded to these for its colour only
_SOLVED_LEVELS = 65  # of them solved, the rest interpolated
NODES = 33  # of a* and b* each
REACH = 112.0  # the table covers -REACH..REACH
_TILES = 16  # luma levels a row of the table's picture


@lru_cache(maxsize=8)
def _chroma_table(matrix: str, primaries: str) -> np.ndarray:
    """Cb, Cr (-0.5..0.5) by luma, a* and b*, laid out as tiles of one picture for cv2.remap.

    (16 * 33, 16 * 33, 2) float32: tile number = luma level, columns a*, rows b*.
    """
    encoding = YCbCrEncoding(matrix, primaries)
    axis = torch.linspace(-REACH, REACH, NODES)
    ab = torch.stack(torch.meshgrid(axis, axis, indexing="xy"))
    y = torch.linspace(0, 1, _SOLVED_LEVELS).view(-1, 1, 1, 1).expand(-1, 1, NODES, NODES)
    solved = chroma_for_ab(y, ab.expand(_SOLVED_LEVELS, 2, NODES, NODES), encoding)
    flat = solved.reshape(1, _SOLVED_LEVELS, -1).transpose(1, 2)
    levels = torch.nn.functional.interpolate(flat, _LEVELS, mode="linear", align_corners=True)
    tiles = levels.transpose(1, 2).reshape(_TILES, _TILES, 2, NODES, NODES)
    picture = tiles.permute(0, 3, 1, 4, 2).reshape(_TILES * NODES, _TILES * NODES, 2)
    return np.ascontiguousarray(picture.numpy())


class FilmRecombiner:
    """ab at the working size and a decoded luma plane to Cb and Cr planes.

    Args:
        encoding: of the film.
        chroma_shape: (rows, columns) of its chroma planes.
        saturation: factor on ab.
    """

    def __init__(
        self, encoding: YCbCrEncoding, chroma_shape: tuple[int, int], saturation: float = 1.0
    ) -> None:
        self.encoding, self.chroma_shape, self.saturation = encoding, chroma_shape, saturation
        self._table = _chroma_table(encoding.matrix, encoding.primaries)
        self._lightness = lightness_of_luma(encoding).numpy()
        black, span = encoding.luma_scale
        codes = np.arange(1 << encoding.depth)
        level = ((codes - black) / span * (_LEVELS - 1)).round().clip(0, _LEVELS - 1)
        self._tile_x = (level % _TILES * NODES).astype(np.float32)
        self._tile_y = (level // _TILES * NODES).astype(np.float32)
        self._neutral, self._scale = encoding.chroma_scale
        self._last = (1 << encoding.depth) - 1

    def hold(self, luma: np.ndarray) -> Any:
        """The luma where it will be worked on, in place of it in both methods below."""
        return luma

    def lightness(self, luma: Any, shape: tuple[int, int]) -> np.ndarray:
        """float32 L* of a luma plane, averaged down (or enlarged) to `shape`."""
        return look_up(self._lightness, resize_plane(luma, shape))

    def __call__(
        self, luma: Any, ab: np.ndarray, lightness: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Chroma planes for a frame.

        Args:
            luma: (H, W) uint8 or uint16 codes, or what `hold` made of them.
            ab: (h, w, 2) float32 at the working size.
            lightness: (h, w) float32 L* that `ab` belongs to.

        Returns:
            Cb, Cr: `chroma_shape`, of luma's dtype.
        """
        small = resize_plane(luma, self.chroma_shape)
        a, b = EdgeAwareUpsampler(ab, lightness)(look_up(self._lightness, small))
        x = self._node(a) + look_up(self._tile_x, small)
        y = self._node(b) + look_up(self._tile_y, small)
        chroma = cv2.remap(self._table, x, y, cv2.INTER_LINEAR)
        cb, cr = cv2.split(chroma)
        return self._codes(cb, luma.dtype), self._codes(cr, luma.dtype)

    def _node(self, a: np.ndarray) -> np.ndarray:
        """Where a* or b* lies among the table's nodes."""
        steps = (NODES - 1) / (2 * REACH)
        return np.clip(a * np.float32(self.saturation * steps) + (NODES - 1) / 2, 0, NODES - 1)

    def _codes(self, chroma: np.ndarray, dtype: np.dtype) -> np.ndarray:
        return np.rint(chroma * self._scale + self._neutral).clip(0, self._last).astype(dtype)
