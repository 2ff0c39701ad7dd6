"""Recombination for film: ab and the decoded luma plane to the chroma planes that are stored."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import torch

from kinemacolor.engine.color.planes import halved, look_up, resize_plane
from kinemacolor.engine.color.upsampling import EdgeAwareUpsampler
from kinemacolor.models.color.encoding import YCbCrEncoding
from kinemacolor.models.color.ycbcr import chroma_for_ab, lightness_of_luma

_LEVELS = 256  # luma levels of the table; a finer luma is rounded to these for its colour only
_SOLVED_LEVELS = 65  # of them solved, the rest interpolated
NODES = 33  # of a* and b* each
REACH = 112.0  # the table covers -REACH..REACH
_TILES = 16  # luma levels a row of the table's picture


@lru_cache(maxsize=8)
def _chroma_tables(matrix: str, primaries: str) -> tuple[np.ndarray, np.ndarray]:
    """Cb, Cr (-0.5..0.5) by luma, a* and b*, each laid out as tiles of one picture for cv2.remap.

    (16 * 33, 16 * 33) float32: tile number = luma level, columns a*, rows b*.
    """
    encoding = YCbCrEncoding(matrix, primaries)
    axis = torch.linspace(-REACH, REACH, NODES)
    ab = torch.stack(torch.meshgrid(axis, axis, indexing="xy"))
    y = torch.linspace(0, 1, _SOLVED_LEVELS).view(-1, 1, 1, 1).expand(-1, 1, NODES, NODES)
    solved = chroma_for_ab(y, ab.expand(_SOLVED_LEVELS, 2, NODES, NODES), encoding)
    flat = solved.reshape(1, _SOLVED_LEVELS, -1).transpose(1, 2)
    levels = torch.nn.functional.interpolate(flat, _LEVELS, mode="linear", align_corners=True)
    tiles = levels.transpose(1, 2).reshape(_TILES, _TILES, 2, NODES, NODES)
    cb, cr = tiles.permute(2, 0, 3, 1, 4).reshape(2, _TILES * NODES, _TILES * NODES).numpy()
    return cb, cr


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
        self._tables = _chroma_tables(encoding.matrix, encoding.primaries)
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
        return look_up(self._lightness, resize_plane(halved(luma, shape), shape))

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
        # The planes between are reused: fresh memory costs more than the sums.
        x, y = EdgeAwareUpsampler(self._nodes(ab), lightness)(look_up(self._lightness, small))
        for node, tile in ((x, self._tile_x), (y, self._tile_y)):
            np.clip(node, 0, NODES - 1, out=node)
            node += look_up(tile, small)
        cb, cr = (cv2.remap(table, x, y, cv2.INTER_LINEAR) for table in self._tables)
        return self._codes(cb, luma.dtype), self._codes(cr, luma.dtype)

    def _nodes(self, ab: np.ndarray) -> np.ndarray:
        """Where ab lies among the tables' nodes."""
        steps = (NODES - 1) / (2 * REACH)
        return ab * np.float32(self.saturation * steps) + np.float32((NODES - 1) / 2)

    def _codes(self, chroma: np.ndarray, dtype: np.dtype) -> np.ndarray:
        if dtype == np.uint8:
            return cv2.convertScaleAbs(chroma, alpha=self._scale, beta=self._neutral)
        chroma *= self._scale
        chroma += self._neutral
        return np.rint(chroma, out=chroma).clip(0, self._last).astype(dtype)
