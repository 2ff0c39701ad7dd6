"""Conversions between sRGB (IEC 61966-2-1), linear RGB, CIE XYZ and CIE LAB (CIE 15:2004).

White is D65 for the 2 degree observer. Tensors hold their colour channels in dimension -3, any
shape around it: (..., 3, H, W), floating-point. sRGB, linear RGB and luminance Y range over 0..1,
L* over 0..100, a* and b* over about -110..110 within the sRGB gamut.
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
    # Cached from call to call, so never on whatever the default device is now.
    xy = torch.tensor(_PRIMARIES_XY[primaries], dtype=torch.float64, device="cpu")
    columns = torch.stack([xy[:, 0], xy[:, 1], 1 - xy.sum(dim=1)]) / xy[:, 1]
    # LAB is relative to this white, so grey is a* = b* = 0 whatever the primaries.
    white = torch.tensor(WHITE_XYZ, dtype=torch.float64, device="cpu")
    scale: Tensor = torch.linalg.solve(columns, white)
    return columns * scale


def _apply(matrix: Tensor, x: Tensor) -> Tensor:
    return torch.einsum("ij,...jhw->...ihw", matrix.to(x), x)


def srgb_to_linear(x: Tensor) -> Tensor:
    """Decode sRGB's transfer curve to linear light; odd below zero, so that it is invertible."""
    m = x.abs()
    return torch.where(m <= 0.04045, m / 12.92, ((m + 0.055) / 1.055) ** 2.4).copysign(x)


def linear_to_srgb(x: Tensor) -> Tensor:
    """Encode linear light with sRGB's transfer curve: the inverse of `srgb_to_linear`."""
    m = x.abs()
    root = m.clamp_min(0.0031308) ** (1 / 2.4)  # clamped so that gradients stay finite at zero
    # Not copysign, which OpenVINO cannot convert.
    return torch.where(m <= 0.0031308, m * 12.92, 1.055 * root - 0.055) * x.sign()


def _lab_f(t: Tensor) -> Tensor:
    return torch.where(t > _EPSILON, t.clamp_min(_EPSILON) ** (1 / 3), (_KAPPA * t + 16) / 116)


def _lab_f_inverse(f: Tensor) -> Tensor:
    return torch.where(f > 6 / 29, f**3, (116 * f - 16) / _KAPPA)


def xyz_to_lab(xyz: Tensor) -> Tensor:
    """Convert (..., 3, H, W) XYZ, white's Y = 1, to L*, a*, b*."""
    white = torch.tensor(WHITE_XYZ, dtype=xyz.dtype, device=xyz.device).view(3, 1, 1)
    fx, fy, fz = _lab_f(xyz / white).unbind(-3)
    return torch.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], dim=-3)


def lab_to_xyz(lab: Tensor) -> Tensor:
    """Convert (..., 3, H, W) L*, a*, b* to XYZ, white's Y = 1."""
    lightness, a, b = lab.unbind(-3)
    fy = (lightness + 16) / 116
    f = torch.stack([fy + a / 500, fy, fy - b / 200], dim=-3)
    white = torch.tensor(WHITE_XYZ, dtype=lab.dtype, device=lab.device).view(3, 1, 1)
    return _lab_f_inverse(f) * white


def srgb_to_lab(rgb: Tensor, primaries: str = "bt709") -> Tensor:
    """Convert (..., 3, H, W) sRGB-encoded RGB of 0..1 to L*, a*, b*."""
    return xyz_to_lab(_apply(rgb_to_xyz_matrix(primaries), srgb_to_linear(rgb)))


def lab_to_linear(lab: Tensor, primaries: str = "bt709") -> Tensor:
    """Convert (..., 3, H, W) LAB to linear RGB, not clipped: outside 0..1 is out of gamut."""
    return _apply(torch.linalg.inv(rgb_to_xyz_matrix(primaries)), lab_to_xyz(lab))


def lab_to_srgb(lab: Tensor, primaries: str = "bt709") -> Tensor:
    """Convert (..., 3, H, W) LAB to sRGB-encoded RGB, not clipped."""
    return linear_to_srgb(lab_to_linear(lab, primaries))


def luminance_to_lightness(luminance: Tensor) -> Tensor:
    """Convert relative luminance Y of 0..1 to L*; any shape."""
    return 116 * _lab_f(luminance) - 16


def grey_to_lightness(grey: Tensor) -> Tensor:
    """Convert the sRGB-encoded value, 0..1, of a neutral grey to L*; any shape."""
    return luminance_to_lightness(srgb_to_linear(grey))


def lightness_to_grey(lightness: Tensor) -> Tensor:
    """Convert L* to the sRGB-encoded value, 0..1, of the neutral grey that has it; any shape."""
    return linear_to_srgb(_lab_f_inverse((lightness + 16) / 116))


def fit_gamut(
    lab: Tensor, primaries: str = "bt709", *, steps: int = 12, also: Tensor | None = None
) -> Tensor:
    """Map colours into the gamut by lowering chroma at constant lightness and hue angle.

    Colours inside are untouched. The chroma is found by bisection, to 2**-steps of itself.

    Args:
        lab: (..., 3, H, W) L*, a*, b*.
        primaries: of the RGB space whose gamut is meant.
        steps: of the bisection.
        also: (3, 3) from linear RGB of these primaries to that of a space whose gamut counts too.

    Returns:
        (..., 3, H, W), linear RGB within 0..1 to within 1e-4 wherever L* is in 0..100.
    """
    lightness, ab = lab[..., :1, :, :], lab[..., 1:, :, :]

    def inside(scale: Tensor) -> Tensor:
        rgb = lab_to_linear(torch.cat([lightness, ab * scale], dim=-3), primaries)
        if also is not None:
            rgb = torch.cat([rgb, _apply(also, rgb)], dim=-3)
        return ((rgb >= -1e-4) & (rgb <= 1 + 1e-4)).all(dim=-3, keepdim=True)

    low = torch.zeros_like(lightness)
    high = torch.ones_like(lightness)
    fits = inside(high)
    for _ in range(steps):
        middle = (low + high) / 2
        ok = inside(middle)
        low, high = torch.where(ok, middle, low), torch.where(ok, high, middle)
    return torch.cat([lightness, ab * torch.where(fits, torch.ones_like(low), low)], dim=-3)
