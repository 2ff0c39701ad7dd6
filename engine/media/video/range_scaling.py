"""Full-range codes as limited-range ones, for codecs whose players know limited range only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinemacolor.models.color.encoding import YCbCrEncoding


def limited_range_tables(source: YCbCrEncoding, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """What luma codes and what chroma codes become: (2^source.depth,) each.

    Shown, they differ by the rounding alone. Every level of 8 bits has one of its own in 10.

    Args:
        source: the codes' encoding.
        depth: bits of a sample of the result.
    """
    target = replace(source, full_range=False, depth=depth)
    codes = np.arange(1 << source.depth)
    scales = ((source.luma_scale, target.luma_scale), (source.chroma_scale, target.chroma_scale))
    luma, chroma = (
        np.rint((codes - zero) / span * new_span + new_zero)
        for (zero, span), (new_zero, new_span) in scales
    )
    dtype = np.uint8 if depth == 8 else np.uint16
    return luma.astype(dtype), chroma.astype(dtype)
