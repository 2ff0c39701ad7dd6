"""Recombination for stills: ab and the source's own lightness to RGB, fitted into the gamut."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.color.still_spaces import (
    SRGB,
    SourceSpace,
    TargetSpace,
    largest_step,
)
from kinemacolor.engine.color.upsampling import EdgeAwareUpsampler

_STRIP_PIXELS = 1 << 16  # done at a time: bounds memory, and is near the cache's size
_GAMUT_TOLERANCE = 1.0  # L*, at the gamut's edge


class _Error:
    """The mean and the largest difference of planes that come one after another."""

    def __init__(self) -> None:
        self._total, self._count, self.largest = 0.0, 0, 0.0

    @property
    def mean(self) -> float:
        return self._total / self._count

    def add(self, found: np.ndarray, wanted: np.ndarray) -> None:
        """Count (h, w) float32 `found` in."""
        self._total += cv2.norm(found, wanted, cv2.NORM_L1)
        self._count += found.size
        self.largest = max(self.largest, cv2.norm(found, wanted, cv2.NORM_INF))


class StillRecombiner:
    """The lightness of one still, and its recombination with ab.

    Args:
        pixels: (H, W) grey or (H, W, 3) RGB, uint8 or uint16.
        source: the space of `pixels`.
        target: the space of the coloured still.
    """

    def __init__(
        self, pixels: np.ndarray, source: SourceSpace = SRGB, target: TargetSpace = SRGB
    ) -> None:
        self.pixels = pixels
        self._source = source
        self._target = target

    @property
    def largest_rounding(self) -> float:
        """The |L* difference| that rounding to codes explains, with the gamut's interpolation."""
        return largest_step(self._target, self.pixels.dtype) + _GAMUT_TOLERANCE

    def lightness(self, shape: tuple[int, int]) -> np.ndarray:
        """(h, w) float32 L* of the still, averaged down (or enlarged) to `shape`."""
        return self._source.lightness(resize_plane(_halved(self.pixels, shape), shape))

    def __call__(
        self,
        ab: np.ndarray,
        lightness: np.ndarray,
        saturation: float = 1.0,
        *,
        measured: int = 1,
    ) -> tuple[np.ndarray, float, float]:
        """The coloured still.

        Args:
            ab: (h, w, 2) float32 at the working size.
            lightness: (h, w) float32 L* that `ab` belongs to.
            saturation: factor on ab.
            measured: one row in so many is compared with the source.

        Returns:
            (H, W, 3) RGB of the target space in the source's dtype, and mean and largest
            |L* difference| to the source.
        """
        height, width = self.pixels.shape[:2]
        upsample = EdgeAwareUpsampler(ab * np.float32(saturation), lightness)
        rgb = np.empty((height, width, 3), self.pixels.dtype)
        error = _Error()
        for strip in self._strips():
            light = self._source.lightness(self.pixels[strip])
            a, b = upsample(light, top=strip.start, rows=height)
            self._target.gamut.fit(light, a, b)
            rgb[strip] = self._target.codes(light, a, b, rgb.dtype)
            rows = slice(-strip.start % measured, None, measured)
            if len(light[rows]):
                error.add(self._target.lightness(rgb[strip][rows]), light[rows])
        return rgb, error.mean, error.largest

    def lightness_error(self, rgb: np.ndarray) -> tuple[float, float]:
        """Mean and largest |L* difference| of (H, W, 3) RGB of the target space to the source."""
        error = _Error()
        for strip in self._strips():
            light = self._source.lightness(self.pixels[strip])
            error.add(self._target.lightness(rgb[strip]), light)
        return error.mean, error.largest

    def _strips(self) -> Iterator[slice]:
        height, width = self.pixels.shape[:2]
        rows = max(1, _STRIP_PIXELS // width)
        for top in range(0, height, rows):
            yield slice(top, top + rows)


def _halved(pixels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Pixels with both sides halved as long as they are 4 times `shape` or more.

    Averaging by whole pixels takes a fraction of the time of averaging by parts of them; an odd
    side's pairs lie up to half a pixel off.
    """
    while all(side >= 4 * least for side, least in zip(pixels.shape, shape, strict=False)):
        height, width = pixels.shape[:2]
        even = not (height % 2 or width % 2)
        how = cv2.INTER_AREA if even else cv2.INTER_LINEAR
        pixels = cv2.resize(pixels, (width // 2, height // 2), interpolation=how)
    return pixels
