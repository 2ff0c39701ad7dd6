"""Conversions from and to Y'CbCr (ITU-R BT.601, BT.709, BT.2020), with sRGB's transfer curve.

Planes are Tensors of codes as video stores them, not normalised, unless a docstring says otherwise.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kinemacolor.models.color.encoding import LUMA_WEIGHTS, YCbCrEncoding
from kinemacolor.models.color.lab import grey_to_lightness, lab_to_srgb


def lightness_of_luma(encoding: YCbCrEncoding) -> Tensor:
    """The table from luma codes to L*, 0..100, of the greys they encode: (2**depth,) float32."""
    black, span = encoding.luma_scale
    codes = torch.arange(1 << encoding.depth, dtype=torch.float64)
    return grey_to_lightness(((codes - black) / span).clamp(0, 1)).float()


def ycbcr_to_rgb(planes: Tensor, encoding: YCbCrEncoding) -> Tensor:
    """Convert (..., 3, H, W) codes of Y', Cb, Cr to non-linear R'G'B' of 0..1, not clipped."""
    kr, kb = LUMA_WEIGHTS[encoding.matrix]
    black, span = encoding.luma_scale
    neutral, reach = encoding.chroma_scale
    y, cb, cr = planes.unbind(-3)
    y, cb, cr = (y - black) / span, (cb - neutral) / reach, (cr - neutral) / reach
    red, blue = y + 2 * (1 - kr) * cr, y + 2 * (1 - kb) * cb
    green = (y - kr * red - kb * blue) / (1 - kr - kb)
    return torch.stack([red, green, blue], dim=-3)


def rgb_to_ycbcr(rgb: Tensor, encoding: YCbCrEncoding) -> Tensor:
    """Convert (..., 3, H, W) non-linear R'G'B' of 0..1 to codes of Y', Cb, Cr, not rounded."""
    kr, kb = LUMA_WEIGHTS[encoding.matrix]
    black, span = encoding.luma_scale
    neutral, reach = encoding.chroma_scale
    red, green, blue = rgb.unbind(-3)
    y = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - y) / (2 * (1 - kb)), (red - y) / (2 * (1 - kr))
    return torch.stack([y * span + black, cb * reach + neutral, cr * reach + neutral], dim=-3)


def _lightness_for_luma(y: Tensor, ab: Tensor, encoding: YCbCrEncoding) -> Tensor:
    """Find by bisection the L* at which a colour with the given a*, b* has luma `y`, 0..1.

    Luma increases with L*, so there is one.
    """
    kr, kb = LUMA_WEIGHTS[encoding.matrix]
    weights = torch.tensor([kr, 1 - kr - kb, kb], dtype=y.dtype).view(3, 1, 1)
    low, high = torch.full_like(y, -60.0), torch.full_like(y, 160.0)
    for _ in range(24):
        middle = (low + high) / 2
        rgb = lab_to_srgb(torch.cat([middle, ab], dim=-3), encoding.primaries)
        darker = (rgb * weights).sum(dim=-3, keepdim=True) < y
        low, high = torch.where(darker, middle, low), torch.where(darker, high, middle)
    return (low + high) / 2


def chroma_for_ab(y: Tensor, ab: Tensor, encoding: YCbCrEncoding) -> Tensor:
    """Find the Cb, Cr that give a fixed luma the wanted a*, b*, gamut-mapped where needed.

    Luma is not lightness: a pixel's L* moves a little with its chroma. So L* is solved for, such
    that the colour's own luma is `y`; then colours keep their ab whatever the brightness. Where no
    displayable colour of that luma has the wanted ab, chroma is lowered at constant hue angle.

    Args:
        y: (..., 1, H, W) luma, normalised to 0..1 from black to white.
        ab: (..., 2, H, W) a*, b*, LAB units.
        encoding: whose matrix and primaries are meant; the transfer curve is sRGB's.

    Returns:
        (..., 2, H, W) Cb, Cr, normalised to -0.5..0.5.
    """
    kr, kb = LUMA_WEIGHTS[encoding.matrix]

    def color(scale: Tensor) -> Tensor:
        lightness = _lightness_for_luma(y, ab * scale, encoding)
        return lab_to_srgb(torch.cat([lightness, ab * scale], dim=-3), encoding.primaries)

    def inside(rgb: Tensor) -> Tensor:
        return ((rgb > -1e-3) & (rgb < 1 + 1e-3)).all(dim=-3, keepdim=True)

    low, high = torch.zeros_like(y), torch.ones_like(y)
    rgb = color(high)
    fits = inside(rgb)
    for _ in range(10):
        middle = (low + high) / 2
        ok = inside(color(middle))
        low, high = torch.where(ok, middle, low), torch.where(ok, high, middle)
    rgb = torch.where(fits, rgb, color(low)).clamp(0, 1)
    red, blue = rgb[..., :1, :, :], rgb[..., 2:, :, :]
    return torch.cat([(blue - y) / (2 * (1 - kb)), (red - y) / (2 * (1 - kr))], dim=-3)
