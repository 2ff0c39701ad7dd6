"""LAB to sRGB codes and luminance to L*, in OpenCV's passes over whole planes.

The formulas are those of `kinemacolor.models.color.lab`, at about a third of their time. Each of
them is a power above a knee and a straight line below it, the tangent there, so none needs a mask.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import torch

from kinemacolor.models.color.lab import WHITE_XYZ, rgb_to_xyz_matrix

_DELTA = 6 / 29  # CIE 15:2004: where LAB's cube becomes a line
_KNEE_SRGB, _SLOPE_SRGB = 0.0031308, 12.92  # IEC 61966-2-1
_DEPTHS = {np.dtype(np.uint8): cv2.CV_8U, np.dtype(np.uint16): cv2.CV_16U}


def _power_above_knee(
    x: np.ndarray,
    knee: float,
    power: float,
    slope: float,
    gain: float = 1.0,
    offset: float = 0.0,
    depth: int = -1,
) -> np.ndarray:
    """gain * x**power + offset above the knee, its tangent of `slope` below; `x` is used up.

    Args:
        depth: OpenCV's type of the result; -1 is that of `x`.
    """
    above = np.maximum(x, np.float32(knee))
    below = cv2.subtract(x, above, dst=x)
    return cv2.addWeighted(
        cv2.pow(above, power, dst=above), gain, below, slope, offset, dtype=depth
    )


def lightness_of_luminance(luminance: np.ndarray) -> np.ndarray:
    """(H, W) float32 L* (CIE 15:2004) of relative luminance in 0..1, whose memory is used up."""
    slope = 116 / (3 * _DELTA**2)
    return _power_above_knee(luminance, _DELTA**3, 1 / 3, slope, gain=116, offset=-16)


def srgb_codes(lightness: np.ndarray, a: np.ndarray, b: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """LAB to sRGB codes of 8 or 16 bits, saturated where the colour is out of gamut.

    Args:
        lightness, a, b: (H, W) float32.
        dtype: uint8 or uint16.

    Returns:
        (H, W, 3) RGB.
    """
    fy = cv2.addWeighted(lightness, 1 / 116, lightness, 0, 16 / 116)
    f = cv2.merge([cv2.scaleAdd(a, 1 / 500, fy), fy, cv2.scaleAdd(b, -1 / 200, fy)])
    flat = f.reshape(len(f), -1)
    xyz = _power_above_knee(flat, _DELTA, 3, 3 * _DELTA**2).reshape(f.shape)
    linear = cv2.transform(xyz, _xyz_to_linear())
    peak = float(np.iinfo(dtype).max)
    codes = _power_above_knee(
        linear.reshape(flat.shape),
        _KNEE_SRGB,
        1 / 2.4,
        _SLOPE_SRGB * peak,
        gain=1.055 * peak,
        offset=-0.055 * peak,
        depth=_DEPTHS[np.dtype(dtype)],
    )
    return codes.reshape(f.shape)


@lru_cache(maxsize=1)
def _xyz_to_linear() -> np.ndarray:
    """(3, 3) float32 from XYZ relative to white to linear RGB."""
    white = torch.tensor(WHITE_XYZ, dtype=torch.float64)
    matrix: np.ndarray = (torch.linalg.inv(rgb_to_xyz_matrix()) * white).float().numpy()
    return matrix
