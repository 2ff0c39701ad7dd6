"""The codes of a source's planes as those of a result that is deeper, or has limited range."""

from __future__ import annotations

import numpy as np

from kinemacolor.models.color.encoding import YCbCrEncoding


class CodeScaling:
    """Brings code values of a source's planes to an output's.

    A deeper output has them shifted; luma of full range also gets small codes below, so that white
    stays white, and a shift back gives the source's in any case. Where full range becomes limited
    they are scaled and rounded: every level of 8 bits has one of its own in 10.

    Args:
        source: the codes' encoding, of at most the output's depth.
        output: of the result; its matrix does not count.

    Attributes:
        dtype: of the output's planes.
    """

    def __init__(self, source: YCbCrEncoding, output: YCbCrEncoding) -> None:
        self.dtype = np.dtype(np.uint8 if output.depth == 8 else np.uint16)
        self._shift = output.depth - source.depth
        self._luma = self._chroma = np.empty(0)  # tables by code, where a shift does not do
        limits = source.full_range and not output.full_range
        if limits or (source.full_range and self._shift):
            self._luma = self._table(source.depth, source.luma_scale, output.luma_scale)
        if limits:
            self._chroma = self._table(source.depth, source.chroma_scale, output.chroma_scale)

    def luma(self, plane: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """A luma plane's codes, into `out` where it is given."""
        return self._scaled(plane, self._luma, out)

    def chroma(self, plane: np.ndarray) -> np.ndarray:
        """A Cb or Cr plane's codes."""
        return self._scaled(plane, self._chroma, None)

    def _table(
        self, depth: int, was: tuple[float, float], is_now: tuple[float, float]
    ) -> np.ndarray:
        """What each code becomes, where the code of zero, and codes from 0 to 1, are others."""
        level = (np.arange(1 << depth) - was[0]) / was[1]
        table: np.ndarray = np.rint(level * is_now[1] + is_now[0]).astype(self.dtype)
        return table

    def _scaled(self, plane: np.ndarray, table: np.ndarray, out: np.ndarray | None) -> np.ndarray:
        if table.size:
            scaled: np.ndarray = np.take(table, plane, out=out)
            return scaled
        if self._shift:
            scaled = np.left_shift(plane, self._shift, out=out, dtype=self.dtype)
            return scaled
        if out is None:
            return plane.astype(self.dtype)
        out[:] = plane  # ten times as quick as a shift by nothing
        return out
