"""Y'CbCr as video carries it, to lightness and to R'G'B' (ITU-R BT.601, 709, 2020)."""

from __future__ import annotations

import torch
from torch import Tensor

from kinemacolor.models.color.encoding import LUMA_WEIGHTS, YCbCrEncoding
from kinemacolor.models.color.lab import grey_to_lightness, lab_to_srgb


def lightness_of_luma(encoding: YCbCrEncoding) -> Tensor:
    """(2**depth,) float32: L* of the neutral grey that each luma code stands for."""
    black, span = encoding.luma_scale
    codes = torch.arange(1 << encoding.depth, dtype=torch.float64)
    return grey_to_lightness(((codes - black) / span).clamp(0, 1)).float()


def ycbcr_to_rgb(planes: Tensor, encoding: YCbCrEncoding) -> Tensor:
    """(..., 3, H, W) codes of Y', Cb, Cr to encoded R'G'B', 0..1, not clipped."""
    kr, kb = LUMA_WEIGHTS[encoding.matrix]
    black, span = encoding.luma_scale
    neutral, reach = encoding.chroma_scale
    y, cb, cr = planes.unbind(-3)
    y, cb, cr = (y - black) / span, (cb - neutral) / reach, (cr - neutral) / reach
    red, blue = y + 2 * (1 - kr) * cr, y + 2 * (1 - kb) * cb
    green = (y - kr * red - kb * blue) / (1 - kr - kb)
    return torch.stack([red, green, blue], dim=-3)


def rgb_to_ycbcr(rgb: Tensor, encoding: YCbCrEncoding) -> Tensor:
    """Inverse of `ycbcr_to_rgb`; codes are not rounded."""
    kr, kb = LUMA_WEIGHTS[encoding.matrix]
    black, span = encoding.luma_scale
    neutral, reach = encoding.chroma_scale
    red, green, blue = rgb.unbind(-3)
    y = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - y) / (2 * (1 - kb)), (red - y) / (2 * (1 - kr))
    return torch.stack([y * span + black, cb * reach + neutral, cr * reach + neutral], dim=-3)


def _lightness_for_luma(y: Tensor, ab: Tensor, encoding: YCbCrEncoding) -> Tensor:
    """L* at which a colour with the given ab has luma `y` (0..1); bisection, luma grows with L*."""
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
    """The Cb, Cr that give a fixed luma the wanted a*, b*.

    Luma is not lightness: a pixel's L* moves a little with its chroma. So L* is solved for, such
    that the colour's own luma is `y`; then colours keep their ab whatever the brightness. Where no
    displayable colour of that luma has the wanted ab, chroma is lowered at constant hue angle.

    Args:
        y: (..., 1, H, W) luma, 0..1, black to white.
        ab: (..., 2, H, W) a*, b*.
        encoding: matrix and primaries; transfer curve sRGB's.

    Returns:
        (..., 2, H, W) Cb, Cr, -0.5..0.5.
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
