"""Crops: what a training sees of a photo, drawn at random, as LAB with a hint mask."""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from kinemacolor.models.color.lab import grey_to_lightness, srgb_to_lab
from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.film_degradation import degrade, grade, stock
from kinemacolor.trainers.hints import random_mask
from kinemacolor.trainers.pictures import Pictures

_NO_GREY = -1.0  # in place of a crop's grey that is the photo's own
_MIXED = (0.3, 0.65)  # sides of what another photo shows, as fractions of the crop's


class Crops(Dataset[Tensor]):
    """Dataset of random square crops, each a pure function of the recipe's seed and its key.

    Keys are (position in the training, photo number, size) as `StepSampler` makes them. Items are
    (5, size, size) float16 for `crops_to_lab`: sRGB in 0..255; the encoded grey that an old film
    or another emulsion shows in 0..1, or -1 throughout where it is the photo's; and the hint mask.
    """

    def __init__(self, photos: Pictures, recipe: Recipe) -> None:
        self.photos, self.recipe = photos, recipe

    def __getitem__(self, key: tuple[int, int, int]) -> Tensor:
        position, number, size = key
        recipe, rng = self.recipe, np.random.default_rng((self.recipe.seed, position))
        crop = self._crop(number, size, rng)
        if recipe.mixed and rng.random() < recipe.mixed:
            other = self._crop(int(rng.integers(len(self.photos))), size, rng)
            part = _part(size, rng)
            crop[part] = other[part]
        planes = np.empty((5, size, size), np.float16)
        planes[:3], planes[3], planes[4] = crop.transpose(2, 0, 1), _NO_GREY, 0
        if recipe.hints:
            planes[4] = random_mask(size, size, float(rng.choice(recipe.hints)), rng)
        if rng.random() < recipe.film:
            planes[3] = degrade(crop, rng)
        elif recipe.tone and rng.random() < recipe.tone:
            planes[3] = grade(stock(crop, rng), rng).clip(0, 1)
        return torch.from_numpy(planes)

    def _crop(self, number: int, size: int, rng: np.random.Generator) -> np.ndarray:
        """(size, size, 3) uint8 sRGB of a photo."""
        recipe, rgb = self.recipe, self.photos.read(number)
        if recipe.turn:
            rgb = _turned(rgb, rng.normal(0, recipe.turn))
        height, width = rgb.shape[:2]
        side = min(height, width) * rng.uniform(*recipe.crop)
        most = math.log(recipe.stretch) / 2
        ratio = math.exp(rng.uniform(-most, most)) if most else 1.0
        rows = min(height, max(1, round(side * ratio)))
        columns = min(width, max(1, round(side / ratio)))
        top, left = rng.integers(height - rows + 1), rng.integers(width - columns + 1)
        how = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
        crop = rgb[top : top + rows, left : left + columns]
        crop = cv2.resize(crop, (size, size), interpolation=how)
        if rng.random() < recipe.flip:
            crop = np.ascontiguousarray(crop[:, ::-1])
        return crop


def crops_to_lab(crops: Tensor) -> Tensor:
    """Convert a batch of `Crops` items, on the device that trains: half of what a crop takes.

    Args:
        crops: (N, 5, H, W).

    Returns:
        (N, 4, H, W) float32 LAB, and the hint mask. What a film shows changes L* alone.
    """
    rgb, grey, mask = crops.float().split((3, 1, 1), dim=1)
    lightness, ab = srgb_to_lab(rgb / 255).split((1, 2), dim=1)
    shown = grey_to_lightness(grey.clamp_min(0))
    return torch.cat([torch.where(grey == _NO_GREY, lightness, shown), ab, mask], dim=1)


def _turned(rgb: np.ndarray, degrees: float) -> np.ndarray:
    """An (H, W, 3) picture turned around its middle; what comes in is mirrored."""
    height, width = rgb.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    return cv2.warpAffine(rgb, turn, (width, height), borderMode=cv2.BORDER_REFLECT_101)


def _part(size: int, rng: np.random.Generator) -> tuple[slice, slice]:
    """Rows and columns of a rectangle in a square (CutMix: Yun et al. 2019)."""
    rows, columns = (max(1, round(size * side)) for side in rng.uniform(*_MIXED, 2))
    top, left = rng.integers(size - rows + 1), rng.integers(size - columns + 1)
    return slice(top, top + rows), slice(left, left + columns)
