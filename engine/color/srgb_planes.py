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
_STEPS = (1 << 16) - 1  # of linear light, for codes of 8 bits


def _power_above_knee(
    x: np.ndarray,
    knee: float,
    power: float,
    slope: float,
    gain: float = 1.0,
    offset: float = 0.0,
) -> np.ndarray:
    """gain * x**power + offset above the knee, its tangent of `slope` below; `x` is used up."""
    _, low = cv2.threshold(x, knee, 0, cv2.THRESH_TRUNC)
    above = cv2.addWeighted(x, 1, low, -1, knee, dst=x)
    raised = cv2.pow(above, power, dst=above)
    return cv2.addWeighted(raised, gain, low, slope, offset - slope * knee, dst=low)


def lightness_of_luminance(luminance: np.ndarray) -> np.ndarray:
    """(H, W) float32 L* (CIE 15:2004) of relative luminance in 0..1, whose memory is used up."""
    slope = 116 / (3 * _DELTA**2)
    return _power_above_knee(luminance, _DELTA**3, 1 / 3, slope, gain=116, offset=-16)


def srgb_codes(
    lightness: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    dtype: np.dtype,
    matrix: np.ndarray | None = None,
) -> np.ndarray:
    """LAB to sRGB codes of 8 or 16 bits, saturated where the colour is out of gamut.

    Args:
        lightness, a, b: (H, W) float32.
        dtype: uint8 or uint16.
        matrix: (3, 3) float32 from XYZ relative to white to the linear light that is encoded; None
            for sRGB's.

    Returns:
        (H, W, 3) RGB.
    """
    if matrix is None and dtype == np.uint8:  # OpenCV's own matrix differs in the fifth digit
        linear = cv2.cvtColor(cv2.merge([lightness, a, b]), cv2.COLOR_LAB2LRGB)
        return linear_codes(linear, dtype)
    fy = cv2.addWeighted(lightness, 1 / 116, lightness, 0, 16 / 116)
    f = cv2.merge([cv2.scaleAdd(a, 1 / 500, fy), fy, cv2.scaleAdd(b, -1 / 200, fy)])
    flat = f.reshape(len(f), -1)
    xyz = _power_above_knee(flat, _DELTA, 3, 3 * _DELTA**2).reshape(f.shape)
    linear = cv2.transform(xyz, xyz_to_linear() if matrix is None else matrix)
    return linear_codes(linear, dtype)


def linear_codes(linear: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """(H, W, 3) codes of linear light by sRGB's curve, saturated; `linear` is used up.

    Those of 8 bits are looked up by linear light in 16 bits: within 0.06 codes, in an eighth of the
    time.
    """
    flat = linear.reshape(len(linear), -1)
    if dtype == np.uint8:
        steps = cv2.addWeighted(flat, _STEPS, flat, 0, 0, dtype=cv2.CV_16U)
        return cv2.LUT(steps, _codes_of_steps()).reshape(linear.shape)
    codes = _encoded(flat, float(np.iinfo(dtype).max))
    return cv2.addWeighted(codes, 1, codes, 0, 0, dtype=cv2.CV_16U).reshape(linear.shape)


def _encoded(linear: np.ndarray, peak: float) -> np.ndarray:
    """sRGB's curve from 0..1 to 0..`peak`; `linear` is used up."""
    slope, gain, offset = _SLOPE_SRGB * peak, 1.055 * peak, -0.055 * peak
    return _power_above_knee(linear, _KNEE_SRGB, 1 / 2.4, slope, gain, offset)


@lru_cache(maxsize=1)
def _codes_of_steps() -> np.ndarray:
    """(65536,) uint8 code for linear light in 16 bits."""
    light = np.linspace(0, 1, _STEPS + 1, dtype=np.float32)[None]
    codes: np.ndarray = np.rint(_encoded(light, 255.0)[0]).astype(np.uint8)
    return codes


@lru_cache(maxsize=1)
def xyz_to_linear() -> np.ndarray:
    """(3, 3) float32 from XYZ relative to white to linear RGB."""
    white = torch.tensor(WHITE_XYZ, dtype=torch.float64)
    matrix: np.ndarray = (torch.linalg.inv(rgb_to_xyz_matrix()) * white).float().numpy()
    return matrix
