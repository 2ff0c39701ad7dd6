"""Colour hints: drawn at random from the truth, or interpolated without learning."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from kinemacolor.models.colorizer import Hints


def random_mask(height: int, width: int, rate: float, rng: np.random.Generator) -> np.ndarray:
    """(height, width) bool mask; every pixel is set with probability `rate`, independently."""
    return rng.random((height, width)) < rate


def point_mask(height: int, width: int, points: int, rng: np.random.Generator) -> np.ndarray:
    """(height, width) bool mask with exactly `points` pixels set."""
    mask = np.zeros(height * width, dtype=bool)
    mask[rng.choice(mask.size, points, replace=False)] = True
    return mask.reshape(height, width)


def from_truth(lab: Tensor, mask: Tensor) -> Hints:
    """Hints of the true colours where the mask is set.

    Args:
        lab: (N, 3, H, W).
        mask: (N, 1, H, W), 0 or 1.
    """
    mask = mask.to(lab)
    return Hints(lab[:, 1:] * mask, mask)


def spread_nearest(
    lightness: Tensor, hints: Hints, *, neighbours: int = 6, weight: float = 1.5
) -> Tensor:
    """Baseline without learning: each pixel takes the colours of its nearest hints.

    The distance is Euclidean in x, y (pixels) and `weight` times L*; colours are averaged with
    weights of 1 / distance.

    Args:
        lightness: (N, 1, H, W) L*.
        hints: of the same size.
        neighbours: number of hints that are averaged.
        weight: pixels per unit of L*.

    Returns:
        (N, 2, H, W) ab; zero where a picture has no hint at all.
    """
    height, width = lightness.shape[-2:]
    y, x = np.mgrid[:height, :width]
    out = np.zeros((len(lightness), 2, height, width), np.float32)
    for i, plane in enumerate(lightness[:, 0].double().numpy()):
        places = np.stack([x, y, weight * plane], axis=-1).reshape(-1, 3)
        given = hints.mask[i, 0].numpy().reshape(-1) > 0
        count = min(neighbours, int(given.sum()))
        if count == 0:
            continue
        colors = hints.ab[i].numpy().reshape(2, -1)[:, given]
        distance, nearest = cKDTree(places[given]).query(places, k=range(1, count + 1))
        share = 1 / (distance + 1e-6)
        share /= share.sum(axis=1, keepdims=True)
        out[i] = (colors[:, nearest] * share).sum(axis=2).reshape(2, height, width)
    return torch.from_numpy(out)
