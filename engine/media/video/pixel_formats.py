"""Pixel formats by what matters here: kind, depth, chroma subsampling, alpha."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import av

# log2 of the luma samples that share one chroma sample, across and down.
SUBSAMPLING = {
    "420": (1, 1),
    "422": (1, 0),
    "444": (0, 0),
    "411": (2, 0),
    "410": (2, 2),
    "440": (0, 1),
}
_NAMES = {shifts: name for name, shifts in SUBSAMPLING.items()}
_DEPTHS = (8, 9, 10, 12, 14, 16)  # for which FFmpeg has planar formats


class Kind(StrEnum):
    """What the samples stand for."""

    GREY = "grey"
    YCBCR = "Y'CbCr"
    RGB = "RGB"


@dataclass(frozen=True)
class PixelFormat:
    """A pixel format of FFmpeg.

    Args:
        depth: bits of a luma sample in the nearest planar format, one of 8, 9, 10, 12, 14, 16.
        chroma: log2 subsampling (across, down); (0, 0) where there is none.
        planar: one little-endian plane for every component.
        full_range: the name itself says so, as the `yuvj` formats' does.
    """

    name: str
    kind: Kind
    depth: int
    chroma: tuple[int, int]
    alpha: bool
    planar: bool
    full_range: bool

    def plane_format(self) -> str:
        """The planar format that holds the same samples (of RGB: G, B, R planes)."""
        if self.kind is Kind.YCBCR and self.planar:
            return self.name
        suffix = "" if self.depth == 8 else f"{self.depth}le"
        if self.kind is Kind.GREY:
            return f"gray{suffix}"
        return f"gbrp{suffix}" if self.kind is Kind.RGB else f"yuv{_NAMES[self.chroma]}p{suffix}"

    def chroma_shape(self, width: int, height: int) -> tuple[int, int]:
        """(rows, columns) of a chroma plane under a luma plane of `width` x `height`."""
        across, down = self.chroma
        return -(-height >> down), -(-width >> across)


@lru_cache
def describe(name: str) -> PixelFormat:
    """What the format called `name` holds.

    Raises:
        ValueError: FFmpeg knows no such format.
    """
    size = 16
    form = av.VideoFormat(name, size, size)
    parts = form.components
    alpha = any(part.is_alpha for part in parts)
    if form.is_rgb or form.has_palette or name.startswith(("xyz", "bayer")):
        kind = Kind.RGB
    else:
        kind = Kind.GREY if len(parts) - alpha == 1 else Kind.YCBCR
    bits = max(part.bits for part in parts)
    chroma = (0, 0)
    if kind is Kind.YCBCR:
        chroma = (
            (size // form.chroma_width(size)).bit_length() - 1,
            (size // form.chroma_height(size)).bit_length() - 1,
        )
    separate = len({part.plane for part in parts}) == len(parts)
    return PixelFormat(
        name=name,
        kind=kind,
        depth=next((depth for depth in _DEPTHS if depth >= bits), _DEPTHS[-1]),
        chroma=chroma,
        alpha=alpha,
        planar=separate and not form.is_big_endian and not form.is_bit_stream and bits >= 8,
        full_range=name.startswith("yuvj"),
    )
