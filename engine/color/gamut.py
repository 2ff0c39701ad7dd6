"""The gamut of an RGB space: how colourful a colour of some lightness and hue can be."""

from __future__ import annotations

import cv2
import numpy as np

from kinemacolor.engine.color.planes import interpolate

LIGHTNESS_NODES, HUE_NODES = 256, 512


class Gamut:
    """The colours that a space can show.

    Args:
        largest: (256, 513) float32, the largest chroma by L* (0..100) and hue angle (0..2 pi).

    Attributes:
        largest: as above; not to be changed.
    """

    def __init__(self, largest: np.ndarray) -> None:
        self.largest = largest
        least = largest.min(axis=1)
        around = np.concatenate([least[:1], least, least[-1:]])
        # What every hue can have, at a node of L* and at both its neighbours.
        self._least = np.min([around[:-2], around[1:-1], around[2:]], axis=0)

    def fit(self, lightness: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
        """Lower the chroma of `a` and `b` in place, at constant L* and hue, to what can be shown.

        Args:
            lightness, a, b: (H, W) float32, contiguous.
        """
        node = cv2.convertScaleAbs(lightness, alpha=(LIGHTNESS_NODES - 1) / 100)
        least = cv2.LUT(node, self._least)
        # Few colours of most pictures come near to what cannot be shown.
        # Not by cv2.magnitude: its last digit depends on where in memory the planes lie.
        places = np.flatnonzero(a * a + b * b > least * least)
        if len(places):
            light, *planes = (plane.reshape(-1) for plane in (lightness, a, b))
            fitted = self._fitted(light[places], *(plane[places] for plane in planes))
            for plane, new in zip(planes, fitted, strict=True):
                plane[places] = new

    def _fitted(self, lightness: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(2, N): what (N,) `a` and `b` become."""
        chroma, hue = cv2.cartToPolar(a[None], b[None])
        hue *= np.float32(HUE_NODES / (2 * np.pi))
        level = lightness[None] * np.float32((LIGHTNESS_NODES - 1) / 100)
        limit = interpolate(self.largest, hue, level)
        scale = cv2.divide(limit, np.maximum(chroma, 1e-6, out=chroma), dst=limit)
        fitted: np.ndarray = np.stack([a, b]) * np.minimum(scale, 1, out=scale)
        return fitted
