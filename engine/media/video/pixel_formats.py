"""FFmpeg's pixel formats by colour model, bit depth, chroma subsampling and alpha."""

from __future__ import annotations

import re
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
_SUBSAMPLING_NAMES = {log2: name for name, log2 in SUBSAMPLING.items()}
_DEPTHS = (8, 9, 10, 12, 14, 16)  # for which FFmpeg has planar formats


class ColorModel(StrEnum):
    """What a pixel's components stand for."""

    GREY = "grey"
    YCBCR = "Y'CbCr"
    RGB = "RGB"


@dataclass(frozen=True)
class PixelFormat:
    """One of FFmpeg's pixel formats.

    Args:
        name: FFmpeg's own, such as "yuv420p10le".
        color_model: grey, Y'CbCr or RGB.
        depth: bits of a luma sample in the nearest planar format, one of 8, 9, 10, 12, 14, 16.
        log2_chroma: log2 of the chroma subsampling (across, down); (0, 0) where there is none.
        alpha: it has an alpha component.
        separate: one plane for every component.
        planar: separate planes whose samples are little-endian integers in the low bits.
        floating: its samples are floating-point numbers, black at 0 and white at 1.
        high_bits: samples are in the high bits of what stores them.
        full_range: the name itself says so, as the `yuvj` formats' does.
    """

    name: str
    color_model: ColorModel
    depth: int
    log2_chroma: tuple[int, int]
    alpha: bool
    separate: bool
    planar: bool
    floating: bool
    high_bits: bool
    full_range: bool

    @property
    def word(self) -> str:
        """The name without its byte order."""
        return self.name.removesuffix("le").removesuffix("be")

    def planar_format(self) -> str:
        """The name of the planar format that holds the same samples (of RGB: G, B, R planes)."""
        if self.color_model is ColorModel.YCBCR and self.planar:
            return self.name
        suffix = "" if self.depth == 8 else f"{self.depth}le"
        if self.color_model is ColorModel.GREY:
            return f"gray{suffix}"
        if self.color_model is ColorModel.RGB:
            return f"gbrp{suffix}"
        return f"yuv{_SUBSAMPLING_NAMES[self.log2_chroma]}p{suffix}"

    def chroma_shape(self, width: int, height: int) -> tuple[int, int]:
        """(rows, columns) of a chroma plane under a luma plane of `width` x `height`."""
        across, down = self.log2_chroma
        return -(-height >> down), -(-width >> across)


@lru_cache
def describe(name: str) -> PixelFormat:
    """The pixel format that FFmpeg calls `name`.

    Raises:
        ValueError: FFmpeg knows no such format.
    """
    size = 16
    video_format = av.VideoFormat(name, size, size)
    components = video_format.components
    alpha = any(component.is_alpha for component in components)
    if video_format.is_rgb or video_format.has_palette or name.startswith(("xyz", "bayer")):
        color_model = ColorModel.RGB
    else:
        color_model = ColorModel.GREY if len(components) - alpha == 1 else ColorModel.YCBCR
    bits = max(component.bits for component in components)
    log2_chroma = (0, 0)
    if color_model is ColorModel.YCBCR:
        log2_chroma = (
            (size // video_format.chroma_width(size)).bit_length() - 1,
            (size // video_format.chroma_height(size)).bit_length() - 1,
        )
    separate = (
        len({component.plane for component in components}) == len(components)
        and not video_format.is_bit_stream
        and not video_format.has_palette
    )
    floating = bool(re.search(r"f(16|32)(le|be)$", name))
    high_bits = "msb" in name
    return PixelFormat(
        name=name,
        color_model=color_model,
        depth=next((depth for depth in _DEPTHS if depth >= bits), _DEPTHS[-1]),
        log2_chroma=log2_chroma,
        alpha=alpha,
        separate=separate and bits >= 8,
        planar=(
            separate
            and bits >= 8
            and not floating
            and not high_bits
            and not video_format.is_big_endian
        ),
        floating=floating,
        high_bits=high_bits,
        full_range=name.startswith("yuvj"),
    )
