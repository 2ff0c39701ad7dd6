"""Brings ab from the working size to full detail along the edges of the lightness."""

from __future__ import annotations

import cv2
import numpy as np

RADIUS = 2  # of the window in which ab is taken as linear in lightness, working-size pixels
EPSILON = 25.0  # L* squared: contrast below about 5 L* is grain, not an edge


class EdgeAwareUpsampler:
    """Guided upsampling of one picture's ab.

    The local linear model of the guided filter (He, Sun and Tang 2013) gives, at the working size,
    the slope of ab over lightness. What the full-size lightness has beyond the enlarged small one,
    times that slope, is the detail that enlarging alone would blur.

    Args:
        ab: (h, w, 2) float32.
        lightness: (h, w) float32 L* that `ab` was predicted from.
    """

    def __init__(self, ab: np.ndarray, lightness: np.ndarray) -> None:
        window = (2 * RADIUS + 1, 2 * RADIUS + 1)
        a, b = cv2.split(ab)
        mean = cv2.blur(cv2.merge([a, b, lightness]), window)
        moments = cv2.merge([a * lightness, b * lightness, lightness * lightness])
        mean_a, mean_b, mean_l = cv2.split(mean)
        mean_al, mean_bl, mean_ll = cv2.split(cv2.blur(moments, window))
        gain = 1 / (mean_ll - mean_l * mean_l + EPSILON)
        slopes = [(mean_al - mean_a * mean_l) * gain, (mean_bl - mean_b * mean_l) * gain]
        self._planes = cv2.merge([a, b, *slopes, lightness])

    def __call__(
        self, lightness: np.ndarray, *, top: int = 0, rows: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """a* and b* for a picture, or for a strip of it.

        Args:
            lightness: (H, W) float32 L* of the strip at the size wanted.
            top: the strip's first row within the picture.
            rows: height of the whole picture; None where the strip is all of it.

        Returns:
            Two planes, (H, W) float32.
        """
        height, width = lightness.shape
        planes = self._planes if rows is None else self._rows(top, height, rows)
        large = cv2.resize(planes, (width, height), interpolation=cv2.INTER_LINEAR)
        a, b, slope_a, slope_b, blurred = cv2.split(large)
        detail = lightness - blurred
        return a + slope_a * detail, b + slope_b * detail

    def _rows(self, top: int, height: int, rows: int) -> np.ndarray:
        """(height, w, 5): the rows of a strip, interpolated as cv2.resize would."""
        last = self._planes.shape[0] - 1
        at = ((np.arange(top, top + height) + 0.5) * (last + 1) / rows - 0.5).clip(0, last)
        above = np.floor(at).astype(int)
        weight = (at - above).astype(np.float32)[:, None, None]
        below = np.minimum(above + 1, last)
        return self._planes[above] * (1 - weight) + self._planes[below] * weight
