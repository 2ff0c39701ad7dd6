"""Pairs of views of photos, as two frames of one scene are: for training what looks alike.

Both are crops, moved, turned, resized, bent and sometimes mirrored against each other, so that some
of each is in no place of the other; and their lightness differs by exposure, blur and grain.
"""

from __future__ import annotations

import cv2
import numpy as np

SIDE = 192  # pixels of a view
_FILLED = 0.85  # share of a view's side that is surely within its photo

View = tuple[np.ndarray, np.ndarray]


def view_pair(rgb: np.ndarray, rng: np.random.Generator) -> tuple[View, View]:
    """Two views, each (SIDE, SIDE) float32 L* and (SIDE, SIDE, 2) float32 true ab.

    Args:
        rgb: (h, w, 3) uint8 sRGB.
        rng: draws all that differs between them.
    """
    size = np.array([rgb.shape[1], rgb.shape[0]])
    photo = rgb.astype(np.float32) / 255
    photo **= np.float32(np.exp(rng.normal(0, 0.2)))
    fits = size.min() / SIDE  # pixels of the photo to one of a view that shows all of it
    scale = fits * rng.uniform(0.6, 1)
    centre = _kept(rng.uniform(0, size), scale, size)
    one = _seen(photo, centre, scale, False, rng)
    other_scale = min(scale * np.exp(rng.normal(0, 0.2)), 1.1 * fits)
    moved = _kept(centre + rng.normal(0, 0.22, 2) * SIDE * scale, other_scale, size)
    return one, _seen(photo, moved, other_scale, rng.random() < 0.15, rng)


def _kept(centre: np.ndarray, scale: float, size: np.ndarray) -> np.ndarray:
    """The centre, moved so that its view stays in a photo of (width, height) pixels."""
    margin = np.minimum(scale * SIDE / 2 * _FILLED, size / 2)
    kept: np.ndarray = np.clip(centre, margin, size - margin)
    return kept


def _seen(
    photo: np.ndarray, centre: np.ndarray, scale: float, mirrored: bool, rng: np.random.Generator
) -> View:
    y, x = np.mgrid[0:SIDE, 0:SIDE] - (SIDE - 1) / 2
    x = -x if mirrored else x
    angle = rng.normal(0, 0.08)
    cosine, sine = np.cos(angle) * scale, np.sin(angle) * scale
    places = np.dstack([cosine * x - sine * y, sine * x + cosine * y]) + centre
    knots = rng.standard_normal((int(rng.integers(3, 6)),) * 2 + (2,))
    bent = cv2.resize(knots, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    places = (places + bent * rng.uniform(0, 6) * scale).astype(np.float32)
    source = cv2.GaussianBlur(photo, (0, 0), 0.35 * scale) if scale > 1.05 else photo
    rgb = cv2.remap(source, places, np.empty(0), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    lab = cv2.cvtColor(rgb.clip(0, 1), cv2.COLOR_RGB2LAB)
    return _exposed(np.ascontiguousarray(lab[..., 0]), rng), np.ascontiguousarray(lab[..., 1:])


def _exposed(lightness: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """L* with motion blur, another exposure and grain."""
    if rng.random() < 0.35:
        reach, angle = int(rng.integers(2, 6)), rng.uniform(0, np.pi)
        kernel = np.zeros((2 * reach + 1,) * 2, np.float32)
        x, y = round(reach * np.cos(angle)), round(reach * np.sin(angle))
        cv2.line(kernel, (reach - x, reach - y), (reach + x, reach + y), 1.0)
        lightness = cv2.filter2D(lightness, -1, kernel / kernel.sum())
    lightness = (lightness - 50) * np.exp(rng.normal(0, 0.06)) + 50 + rng.normal(0, 2)
    if rng.random() < 0.6:
        noise = rng.standard_normal(lightness.shape, np.float32)
        lightness = lightness + cv2.GaussianBlur(
            noise, (0, 0), rng.uniform(0.4, 0.9)
        ) * rng.uniform(0, 4)
    return lightness.clip(0, 100).astype(np.float32)
