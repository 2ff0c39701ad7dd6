"""Recombination for stills: ab and the source's own lightness to RGB, fitted into sRGB's gamut."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import torch

from kinemacolor.engine.color.planes import look_up, resize_plane
from kinemacolor.engine.color.srgb_planes import lightness_of_luminance, srgb_codes
from kinemacolor.engine.color.upsampling import EdgeAwareUpsampler
from kinemacolor.models.color.lab import (
    fit_gamut,
    grey_to_lightness,
    rgb_to_xyz_matrix,
    srgb_to_linear,
)

_STRIP_PIXELS = 1 << 17  # done at a time: bounds memory, and is near the cache's size
_LIGHTNESS_NODES, _HUE_NODES = 256, 512
_OUT_OF_GAMUT = 180.0  # chroma beyond that of any sRGB colour


@lru_cache(maxsize=1)
def _largest_chroma() -> np.ndarray:
    """(256, 513) float32: the largest chroma in sRGB by L* (0..100) and hue angle (0..2 pi)."""
    lightness = torch.linspace(0, 100, _LIGHTNESS_NODES).view(-1, 1).expand(-1, _HUE_NODES + 1)
    hue = torch.linspace(0, 2 * torch.pi, _HUE_NODES + 1).expand(_LIGHTNESS_NODES, -1)
    lab = torch.stack([lightness, _OUT_OF_GAMUT * hue.cos(), _OUT_OF_GAMUT * hue.sin()])
    chroma: np.ndarray = fit_gamut(lab, steps=18)[1:].norm(dim=0).numpy()
    return chroma


def _fit_gamut(lightness: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """Lower the chroma of `a` and `b` in place, at constant L* and hue, to what sRGB can show.

    Args:
        lightness, a, b: (H, W) float32.
    """
    chroma, hue = cv2.cartToPolar(a, b)
    hue *= np.float32(_HUE_NODES / (2 * np.pi))
    level = lightness * np.float32((_LIGHTNESS_NODES - 1) / 100)
    largest = cv2.remap(
        _largest_chroma(), hue, level, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    scale = cv2.divide(largest, np.maximum(chroma, 1e-6, out=chroma), dst=largest)
    np.minimum(scale, 1, out=scale)
    a *= scale
    b *= scale


class StillRecombiner:
    """The lightness of one still, and its recombination with ab.

    Args:
        pixels: (H, W) grey or (H, W, 3) RGB, uint8 or uint16, sRGB-encoded.
    """

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels
        codes = torch.linspace(0, 1, int(np.iinfo(pixels.dtype).max) + 1, dtype=torch.float64)
        self._grey = grey_to_lightness(codes).float().numpy()
        self._linear = srgb_to_linear(codes).float().numpy()

    def lightness(self, shape: tuple[int, int]) -> np.ndarray:
        """(h, w) float32 L* of the still, averaged down (or enlarged) to `shape`."""
        return self._lightness_of(resize_plane(self.pixels, shape))

    def _lightness_of(self, pixels: np.ndarray) -> np.ndarray:
        if pixels.ndim == 2:
            return look_up(self._grey, pixels)
        weights = rgb_to_xyz_matrix()[1:2].numpy()
        return lightness_of_luminance(cv2.transform(look_up(self._linear, pixels), weights))

    def __call__(
        self, ab: np.ndarray, lightness: np.ndarray, saturation: float = 1.0
    ) -> tuple[np.ndarray, float, float]:
        """The coloured still.

        Args:
            ab: (h, w, 2) float32 at the working size.
            lightness: (h, w) float32 L* that `ab` belongs to.
            saturation: factor on ab.

        Returns:
            (H, W, 3) RGB of the source's dtype, and mean and largest |L* difference| to the source.
        """
        height, width = self.pixels.shape[:2]
        upsample = EdgeAwareUpsampler(ab * np.float32(saturation), lightness)
        rgb = np.empty((height, width, 3), self.pixels.dtype)
        total, largest = 0.0, 0.0
        rows = max(1, _STRIP_PIXELS // width)
        for top in range(0, height, rows):
            strip = slice(top, top + rows)
            light = self._lightness_of(self.pixels[strip])
            a, b = upsample(light, top=top, rows=height)
            _fit_gamut(light, a, b)
            rgb[strip] = srgb_codes(light, a, b, rgb.dtype)
            result = self._lightness_of(rgb[strip])
            total += cv2.norm(result, light, cv2.NORM_L1)
            largest = max(largest, cv2.norm(result, light, cv2.NORM_INF))
        return rgb, total / (height * width), largest
