"""Edge-aware (joint) upsampling of ab from the working size, guided by full-size lightness."""

from __future__ import annotations

import cv2
import numpy as np

from kinemacolor.engine.color.planes import planes_of

RADIUS = 2  # of the window in which ab is taken as linear in lightness, working-size pixels
EPSILON = 25.0  # L* squared: contrast below about 5 L* is grain, not an edge


class EdgeAwareUpsampler:
    """Guided upsampling of one picture's ab.

    The local linear model of the guided filter (He, Sun and Tang 2013) gives, at the working size,
    the slope of ab over lightness. The detail that bilinear enlarging would blur is that slope
    times the difference between the full-size lightness and the enlarged small one.

    Args:
        ab: (h, w, 2) float32.
        lightness: (h, w) float32 L* that `ab` was predicted from.
    """

    def __init__(self, ab: np.ndarray, lightness: np.ndarray) -> None:
        a, b = planes_of(ab)
        mean_a, mean_b, mean_l = _mean(a), _mean(b), _mean(lightness)
        gain = 1 / (_mean(lightness * lightness) - mean_l * mean_l + EPSILON)
        slope_a = (_mean(a * lightness) - mean_a * mean_l) * gain
        slope_b = (_mean(b * lightness) - mean_b * mean_l) * gain
        # Apart, since OpenCV is several times as quick with planes of one channel.
        self._planes = [a, b, slope_a, slope_b, lightness]
        self._full_height: list[np.ndarray] | None = None

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
        planes = self._planes
        if rows is not None:
            planes = [plane[top : top + height] for plane in self._planes_of_height(rows)]
        large: list[np.ndarray] = [
            cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in planes
        ]
        a, b, slope_a, slope_b, detail = large
        np.subtract(lightness, detail, out=detail)
        slope_a *= detail
        slope_b *= detail
        a += slope_a
        b += slope_b
        return a, b

    def _planes_of_height(self, rows: int) -> list[np.ndarray]:
        """The planes enlarged to so many rows, once for all strips."""
        if self._full_height is None or self._full_height[0].shape[0] != rows:
            size = self._planes[0].shape[1], rows
            self._full_height = [
                cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in self._planes
            ]
        return self._full_height


def _mean(plane: np.ndarray) -> np.ndarray:
    """The mean over the window around each pixel."""
    return cv2.blur(plane, (2 * RADIUS + 1, 2 * RADIUS + 1))
