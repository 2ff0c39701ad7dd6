"""Colours given at some pixels: drawn at random from the truth, or spread without learning."""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from kinemacolor.models.colorizer import Hints


def random_mask(height: int, width: int, rate: float, rng: np.random.Generator) -> np.ndarray:
    """(height, width) bool; every pixel is given with chance `rate`, alone (Bernoulli)."""
    return rng.random((height, width)) < rate


def point_mask(height: int, width: int, points: int, rng: np.random.Generator) -> np.ndarray:
    """(height, width) bool with exactly `points` single pixels given."""
    mask = np.zeros(height * width, dtype=bool)
    mask[rng.choice(mask.size, points, replace=False)] = True
    return mask.reshape(height, width)


def from_truth(lab: Tensor, mask: Tensor) -> Hints:
    """The true colours where the mask is set.

    Args:
        lab: (N, 3, H, W).
        mask: (N, 1, H, W), 0 or 1.
    """
    mask = mask.to(lab)
    return Hints(lab[:, 1:] * mask, mask)


def spread_nearest(
    lightness: Tensor, hints: Hints, *, neighbours: int = 6, weight: float = 1.5
) -> Tensor:
    """Colour without learning: each pixel takes its nearest hints' colours.

    Near in x, y (pixels) and `weight` times L*; the mean is weighted by 1 / distance.

    Args:
        lightness: (N, 1, H, W) L*.
        hints: of the same size.
        neighbours: hints that are averaged.
        weight: pixels that one unit of L* counts as.

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
