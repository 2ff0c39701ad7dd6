"""The codes of a source's planes as those of a result that is deeper, or has limited range."""

from __future__ import annotations

import numpy as np

from kinemacolor.models.color.encoding import YCbCrEncoding


class CodeScaling:
    """Brings code values of a source's planes to an output's.

    A deeper output has them shifted, and no code is lost. Where full range becomes limited they are
    scaled and rounded: every level of 8 bits has one of its own in 10.

    Args:
        source: the codes' encoding, of at most the output's depth.
        output: of the result; its matrix does not count.

    Attributes:
        dtype: of the output's planes.
    """

    def __init__(self, source: YCbCrEncoding, output: YCbCrEncoding) -> None:
        self.dtype = np.dtype(np.uint8 if output.depth == 8 else np.uint16)
        self._shift = output.depth - source.depth
        self._tables: tuple[np.ndarray, ...] = ()
        if source.full_range and not output.full_range:
            codes = np.arange(1 << source.depth)
            scales = (
                (source.luma_scale, output.luma_scale),
                (source.chroma_scale, output.chroma_scale),
            )
            self._tables = tuple(
                np.rint((codes - zero) / span * new_span + new_zero).astype(self.dtype)
                for (zero, span), (new_zero, new_span) in scales
            )

    def luma(self, plane: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """A luma plane's codes, into `out` where it is given."""
        return self._scaled(plane, 0, out)

    def chroma(self, plane: np.ndarray) -> np.ndarray:
        """A Cb or Cr plane's codes."""
        return self._scaled(plane, 1, None)

    def _scaled(self, plane: np.ndarray, kind: int, out: np.ndarray | None) -> np.ndarray:
        if self._tables:
            scaled: np.ndarray = np.take(self._tables[kind], plane, out=out)
        else:
            scaled = np.left_shift(plane, self._shift, out=out, dtype=self.dtype)
        return scaled
