"""ICC profiles (ICC.1): the spaces of grey and RGB codes, and conversion to sRGB, by Little CMS."""

from __future__ import annotations

import struct
from functools import lru_cache

import cv2
import imagecodecs
import numpy as np
from PIL import ImageCms

from kinemacolor.engine.color.still_spaces import CODES, GreySpace, MatrixSpace, TargetSpace
from kinemacolor.engine.color.still_spaces import SRGB as SRGB_SPACE

_INTENT = imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC
_FLAGS = imagecodecs.CMS.FLAGS.BLACKPOINTCOMPENSATION
_EXACT = imagecodecs.CMS.FLAGS.NOOPTIMIZE  # else 16 bits are off by up to 2 % of full scale
_MATRIX_ACCURACY = 5e-4  # of light, by which a profile of curves and a matrix is told


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


def fits(profile: bytes, grey: bool) -> bool:
    """Whether pixels, grey or RGB, can be shown by a profile."""
    kind = space(profile)
    try:
        if grey and kind == "GRAY":
            grey_space(profile)
            return True
        found = rgb_space(profile) if kind == "RGB" else None
    except imagecodecs.CmsError:
        return False
    return kind == "RGB" and (not grey or found is SRGB_SPACE)


@lru_cache(maxsize=8)  # an archive's pictures share a few profiles
def grey_space(profile: bytes) -> GreySpace:
    """The space of grey codes by a profile (gamma, dot gain).

    Args:
        profile: an ICC profile of the space "GRAY".

    Raises:
        imagecodecs.CmsError: the profile is damaged.
    """
    # Floats: Little CMS interpolates 16-bit curves so coarsely that dark codes are off by 9 of 255.
    rgb = imagecodecs.cms_transform(
        np.linspace(0, 1, CODES, dtype=np.float32)[None].repeat(2, axis=0),
        profile,
        SRGB,
        colorspace="gray",
        outcolorspace="rgb",
        intent=_INTENT,
        flags=_FLAGS,
    )
    return GreySpace(np.ascontiguousarray(np.clip(rgb[0, :, 1], 0, 1)))


@lru_cache(maxsize=8)
def rgb_space(profile: bytes) -> TargetSpace | None:
    """The space of RGB codes by a profile of curves and a matrix.

    Returns:
        The space; None where the profile holds more than that (tables of inks or of a scanner).

    Raises:
        imagecodecs.CmsError: the profile is damaged.
    """
    curves, primaries = _curves_and_primaries(profile)
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 9, dtype=np.float32)] * 3), axis=-1)
    light = np.stack(
        [curves[np.rint(grid[..., c] * (CODES - 1)).astype(int), c] for c in range(3)], axis=-1
    )
    exact = np.abs(_to_xyz(grid.reshape(9, 81, 3), profile).reshape(grid.shape) - light @ primaries)
    rising = (np.diff(curves, axis=0) >= 0).all() and abs(curves[0]).max() < 1e-4
    if exact.max() > _MATRIX_ACCURACY or not rising or abs(np.linalg.det(primaries)) < 1e-4:
        return None
    srgb_curves, srgb_primaries = _curves_and_primaries(SRGB)
    to_srgb = np.linalg.solve(srgb_primaries.T, primaries.T)
    white = to_srgb.sum(axis=1, keepdims=True)
    if abs(white - 1).max() < 0.02:  # the rounding of the profile's numbers
        to_srgb /= white
    if abs(to_srgb - np.eye(3)).max() < 0.005 and _close(curves, srgb_curves):
        return SRGB_SPACE
    return MatrixSpace(np.ascontiguousarray(curves, np.float32), to_srgb)


def _curves_and_primaries(profile: bytes) -> tuple[np.ndarray, np.ndarray]:
    """(65536, 3) linear light of codes, and (3, 3) XYZ of the full red, green and blue."""
    ramp = np.linspace(0, 1, CODES, dtype=np.float32)
    codes = np.zeros((3, CODES, 3), np.float32)
    for channel in range(3):
        codes[channel, :, channel] = ramp
    xyz = _to_xyz(codes, profile).astype(np.float64)
    primaries = xyz[:, -1]
    strongest = np.abs(primaries).argmax(axis=1)
    peaks = np.maximum(np.abs(primaries).max(axis=1), 1e-6)
    curves = [xyz[c, :, strongest[c]] / peaks[c] for c in range(3)]
    return np.stack(curves, axis=1), primaries


def _to_xyz(codes: np.ndarray, profile: bytes) -> np.ndarray:
    return imagecodecs.cms_transform(
        codes,
        profile,
        imagecodecs.cms_profile("xyz"),
        colorspace="rgb",
        outcolorspace="xyz",
        intent=_INTENT,
        flags=_EXACT,
    )


def _close(curves: np.ndarray, others: np.ndarray) -> bool:
    """Whether curves differ by less than a quarter of an 8-bit code of sRGB."""
    ramp = np.linspace(0, 1, CODES)
    codes = [np.interp(ours, theirs, ramp) for ours, theirs in zip(curves.T, others.T, strict=True)]
    return bool(np.abs(np.stack(codes, axis=1) - ramp[:, None]).max() < 0.25 / 255)


def rgb_to_srgb(pixels: np.ndarray, profile: bytes) -> np.ndarray:
    """Convert (H, W, 3) codes of a profile to sRGB codes of the same type, uint8 or uint16.

    Raises:
        imagecodecs.CmsError: the profile is damaged.
    """
    return imagecodecs.cms_transform(
        pixels,
        profile,
        SRGB,
        colorspace="rgb",
        outcolorspace="rgb",
        intent=_INTENT,
        flags=_FLAGS | _EXACT,
    )


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
            flags=_FLAGS | (_EXACT if pixels.dtype == np.uint16 else 0),
        )
    full = int(np.iinfo(pixels.dtype).max)
    *inks, black = cv2.split(full - pixels)
    return cv2.merge([cv2.multiply(ink, black, scale=1 / full) for ink in inks])
