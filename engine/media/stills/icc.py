"""ICC profiles (ICC.1): conversion of grey and CMYK codes to sRGB, by Little CMS."""

from __future__ import annotations

import struct
from functools import lru_cache

import cv2
import imagecodecs
import numpy as np
from PIL import ImageCms

_INTENT = imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC
_FLAGS = imagecodecs.CMS.FLAGS.BLACKPOINTCOMPENSATION
_D50 = (0.34567, 0.35850, 1.0)  # x, y, Y of the ICC's own white


def _srgb() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # Little CMS stamps the time of day; equal jobs must give equal files.
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]


SRGB: bytes = _srgb()


def space(profile: bytes) -> str:
    """Colour space of a profile ("GRAY", "RGB", "CMYK", ...); empty for what is no profile."""
    if profile[36:40] != b"acsp":
        return ""
    return profile[16:20].decode("latin-1").strip()


def grey_gamma(gamma: float) -> bytes:
    """Grey profile with light = code^gamma."""
    return imagecodecs.cms_profile("gray", whitepoint=_D50, gamma=gamma)


def grey_to_srgb(pixels: np.ndarray, profile: bytes) -> np.ndarray:
    """Convert grey codes of a profile (gamma, dot gain) to sRGB codes of the same lightness.

    Args:
        pixels: (H, W) uint8 or uint16.
        profile: an ICC profile of the space "GRAY".

    Raises:
        imagecodecs.CmsError: the profile is damaged.
    """
    return np.take(_grey_curve(profile, pixels.dtype.str), pixels)


@lru_cache(maxsize=8)  # an archive's pictures share a few profiles
def _grey_curve(profile: bytes, dtype: str) -> np.ndarray:
    levels = int(np.iinfo(dtype).max)
    # Floats: Little CMS interpolates 16-bit curves so coarsely that dark codes are off by 9 of 255.
    rgb = imagecodecs.cms_transform(
        np.linspace(0, 1, levels + 1, dtype=np.float32)[None].repeat(2, axis=0),
        profile,
        SRGB,
        colorspace="gray",
        outcolorspace="rgb",
        intent=_INTENT,
        flags=_FLAGS,
    )
    curve: np.ndarray = np.rint(np.clip(rgb[0, :, 1], 0, 1) * levels).astype(dtype)
    return curve


def cmyk_to_srgb(pixels: np.ndarray, profile: bytes | None) -> np.ndarray:
    """Convert CMYK ink codes to sRGB.

    Args:
        pixels: (H, W, 4) uint8 or uint16, 0 for no ink.
        profile: an ICC profile of the space "CMYK", or None for the plain
            formula (1 - ink)(1 - black).

    Returns:
        (H, W, 3) sRGB of the same type.

    Raises:
        imagecodecs.CmsError: the profile is damaged.
    """
    if profile is not None:
        return imagecodecs.cms_transform(
            pixels,
            profile,
            SRGB,
            colorspace="cmyk",
            outcolorspace="rgb",
            intent=_INTENT,
            flags=_FLAGS,
        )
    full = int(np.iinfo(pixels.dtype).max)
    *inks, black = cv2.split(full - pixels)
    return cv2.merge([cv2.multiply(ink, black, scale=1 / full) for ink in inks])
