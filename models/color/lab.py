"""sRGB, linear light, CIE XYZ and CIE LAB (D65, 2 degree observer), and the sRGB gamut.

Tensors hold their colour channels in dimension -3, any shape around it: (..., 3, H, W).
sRGB and linear light range over 0..1, L* over 0..100, a* and b* over about -110..110.
Formulas: IEC 61966-2-1 (sRGB), CIE 15:2004 (LAB).
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

# Chromaticities x, y of red, green, blue; all with white D65.
_PRIMARIES_XY = {
    "bt709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    "smpte170m": ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    "bt470bg": ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
    "bt2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
}
WHITE_XYZ = (0.95047, 1.0, 1.08883)

_EPSILON = 216 / 24389  # CIE's exact constants for the linear toe of LAB
_KAPPA = 24389 / 27


@lru_cache
def rgb_to_xyz_matrix(primaries: str = "bt709") -> Tensor:
    """The (3, 3) float64 matrix from linear RGB to XYZ, white mapped to Y = 1 (SMPTE RP 177)."""
    # Kept from call to call, so never where the default device happens to be.
    xy = torch.tensor(_PRIMARIES_XY[primaries], dtype=torch.float64, device="cpu")
    columns = torch.stack([xy[:, 0], xy[:, 1], 1 - xy.sum(dim=1)]) / xy[:, 1]
    # LAB is relative to this white, so grey is a* = b* = 0 whatever the primaries.
    white = torch.tensor(WHITE_XYZ, dtype=torch.float64, device="cpu")
    return columns * torch.linalg.solve(columns, white)


def _apply(matrix: Tensor, x: Tensor) -> Tensor:
    return torch.einsum("ij,...jhw->...ihw", matrix.to(x), x)


def srgb_to_linear(x: Tensor) -> Tensor:
    """Decodes sRGB's transfer curve; odd-symmetric below zero so that it inverts everywhere."""
    m = x.abs()
    return torch.where(m <= 0.04045, m / 12.92, ((m + 0.055) / 1.055) ** 2.4).copysign(x)


def linear_to_srgb(x: Tensor) -> Tensor:
    """Inverse of `srgb_to_linear`."""
    m = x.abs()
    root = m.clamp_min(0.0031308) ** (1 / 2.4)  # clamped so that gradients stay finite at zero
    return torch.where(m <= 0.0031308, m * 12.92, 1.055 * root - 0.055).copysign(x)


def _lab_f(t: Tensor) -> Tensor:
    return torch.where(t > _EPSILON, t.clamp_min(_EPSILON) ** (1 / 3), (_KAPPA * t + 16) / 116)


def _lab_f_inverse(f: Tensor) -> Tensor:
    return torch.where(f > 6 / 29, f**3, (116 * f - 16) / _KAPPA)


def xyz_to_lab(xyz: Tensor) -> Tensor:
    """(..., 3, H, W) XYZ with white's Y = 1 to L*, a*, b*."""
    white = torch.tensor(WHITE_XYZ, dtype=xyz.dtype, device=xyz.device).view(3, 1, 1)
    fx, fy, fz = _lab_f(xyz / white).unbind(-3)
    return torch.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], dim=-3)


def lab_to_xyz(lab: Tensor) -> Tensor:
    """Inverse of `xyz_to_lab`."""
    lightness, a, b = lab.unbind(-3)
    fy = (lightness + 16) / 116
    f = torch.stack([fy + a / 500, fy, fy - b / 200], dim=-3)
    white = torch.tensor(WHITE_XYZ, dtype=lab.dtype, device=lab.device).view(3, 1, 1)
    return _lab_f_inverse(f) * white


def srgb_to_lab(rgb: Tensor, primaries: str = "bt709") -> Tensor:
    """(..., 3, H, W) sRGB-encoded 0..1 to L*, a*, b*."""
    return xyz_to_lab(_apply(rgb_to_xyz_matrix(primaries), srgb_to_linear(rgb)))


def lab_to_linear(lab: Tensor, primaries: str = "bt709") -> Tensor:
    """(..., 3, H, W) LAB to linear RGB, not clipped: values outside 0..1 are out of gamut."""
    return _apply(torch.linalg.inv(rgb_to_xyz_matrix(primaries)), lab_to_xyz(lab))


def lab_to_srgb(lab: Tensor, primaries: str = "bt709") -> Tensor:
    """(..., 3, H, W) LAB to encoded sRGB, not clipped."""
    return linear_to_srgb(lab_to_linear(lab, primaries))


def luminance_to_lightness(luminance: Tensor) -> Tensor:
    """L* of relative luminance Y in 0..1; any shape."""
    return 116 * _lab_f(luminance) - 16


def grey_to_lightness(grey: Tensor) -> Tensor:
    """L* of neutral grey with sRGB code `grey` in 0..1; any shape."""
    return luminance_to_lightness(srgb_to_linear(grey))


def lightness_to_grey(lightness: Tensor) -> Tensor:
    """sRGB code in 0..1 of the neutral grey with L* `lightness`; any shape."""
    return linear_to_srgb(_lab_f_inverse((lightness + 16) / 116))


def fit_gamut(lab: Tensor, primaries: str = "bt709", *, steps: int = 12) -> Tensor:
    """Compresses chroma, at constant lightness and hue angle, until the colour is in gamut.

    Colours inside are untouched. Found by bisection to 2**-steps of the chroma.

    Args:
        lab: (..., 3, H, W).
        primaries: the RGB space whose gamut is meant.
        steps: bisection steps.

    Returns:
        (..., 3, H, W), linear RGB within 0..1 to within 1e-4 wherever L* is in 0..100.
    """
    lightness, ab = lab[..., :1, :, :], lab[..., 1:, :, :]

    def inside(scale: Tensor) -> Tensor:
        rgb = lab_to_linear(torch.cat([lightness, ab * scale], dim=-3), primaries)
        return ((rgb >= -1e-4) & (rgb <= 1 + 1e-4)).all(dim=-3, keepdim=True)

    low = torch.zeros_like(lightness)
    high = torch.ones_like(lightness)
    fits = inside(high)
    for _ in range(steps):
        middle = (low + high) / 2
        ok = inside(middle)
        low, high = torch.where(ok, middle, low), torch.where(ok, high, middle)
    return torch.cat([lightness, ab * torch.where(fits, torch.ones_like(low), low)], dim=-3)
