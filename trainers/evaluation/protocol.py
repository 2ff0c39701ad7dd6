"""Evaluation protocol: the crop that a network sees, and the hints that it is given."""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from kinemacolor.models.color.lab import lab_to_srgb
from kinemacolor.models.colorizer import Hints
from kinemacolor.models.errors import SettingsError
from kinemacolor.trainers.film_degradation import degrade
from kinemacolor.trainers.hints import from_truth, point_mask, random_mask
from kinemacolor.trainers.photos import grey_lightness, to_lab

SIZE = 256  # pixels; every network's size multiple divides it


def centre_lab(rgb: np.ndarray, aged: int | None = None) -> Tensor:
    """Centre crop of a photo as LAB: short side resized to 256, long side cut to it.

    Args:
        rgb: (H, W, 3) uint8.
        aged: seed of the film degradation of the lightness; None for none.

    Returns:
        (3, 256, 256) float32.
    """
    height, width = rgb.shape[:2]
    scale = SIZE / min(height, width)
    size = (max(SIZE, round(width * scale)), max(SIZE, round(height * scale)))
    rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (size[1] - SIZE) // 2, (size[0] - SIZE) // 2
    rgb = rgb[top : top + SIZE, left : left + SIZE]
    lab = to_lab(rgb)
    if aged is not None:
        lab[:1] = grey_lightness(degrade(rgb, np.random.default_rng(aged)))
    return lab


def composed(lab: Tensor, ab: Tensor) -> Tensor:
    """Picture of given lightness and colours.

    Args:
        lab: (N, 3, H, W); only its L* is used.
        ab: (N, 2, H, W).

    Returns:
        (N, 3, H, W) sRGB, clipped to 0..1.
    """
    return lab_to_srgb(torch.cat([lab[:, :1], ab], dim=1)).clamp(0, 1)


def parse_hints(text: str) -> tuple[float, int]:
    """Parse the value of `--hints`: a number of points ("10") or a share of all pixels ("0.5%").

    Returns:
        The chance of each pixel, 0 to 1, and the number of points; one of them is 0.

    Raises:
        SettingsError: neither, or out of range.
    """
    rate, points = 0.0, 0
    if re.fullmatch(r"\d+", text, re.ASCII):
        points = int(text)
    elif match := re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)%", text, re.ASCII):
        rate = float(match[1]) / 100
    if not (0 < points <= SIZE * SIZE or 0 < rate <= 1):
        raise SettingsError(
            f"--hints {text}",
            "is neither a number of points nor a share of pixels",
            f"use a whole number from 1 to {SIZE * SIZE}, such as 10, or a percentage such as 0.5%",
        )
    return rate, points


def draw_hints(lab: Tensor, numbers: Sequence[int], rate: float, points: int) -> Hints | None:
    """True colours at random single pixels, seeded by each photo's number.

    Args:
        lab: (N, 3, 256, 256) true LAB.
        numbers: the N photos' numbers.
        rate: chance of each pixel; 0 to use `points`.
        points: exact number of pixels; 0 to use `rate`.

    Returns:
        None where both are 0.
    """
    if not (rate or points):
        return None
    masks = []
    for number in numbers:
        rng = np.random.default_rng(number)
        mask = point_mask(SIZE, SIZE, points, rng) if points else random_mask(SIZE, SIZE, rate, rng)
        masks.append(mask)
    return from_truth(lab, torch.from_numpy(np.stack(masks))[:, None].to(lab.device))
