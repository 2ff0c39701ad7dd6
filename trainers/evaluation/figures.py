"""Metrics of a prediction: their labels and directions, and their values for a batch of photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from kinemacolor.trainers.accuracies import landscape_loss, larger_channel_agreement
from kinemacolor.trainers.evaluation.protocol import composed
from kinemacolor.trainers.metrics import ab_error, ciede2000, colorfulness, ms_ssim, psnr, ssim


@dataclass(frozen=True)
class Figure:
    """One metric: a row of the table.

    Args:
        label: name in tables.
        best: which values are better: "high", "low", or "zero" for signed differences.
        digits: shown after the decimal point.
        ideal: value of a perfect prediction; None where there is no single one.
    """

    label: str
    best: Literal["high", "low", "zero"]
    digits: int
    ideal: float | None = None

    def gain(self, value: float, other: float) -> float:
        """How much better `value` is than `other`."""
        if self.best == "high":
            return value - other
        return abs(other) - abs(value) if self.best == "zero" else other - value


FIGURES = {
    "psnr": Figure("PSNR, dB", "high", 3),
    "ssim": Figure("SSIM", "high", 4, 1),
    "ms_ssim": Figure("MS-SSIM = KMHCNet's accuracy", "high", 4, 1),
    "agreement": Figure("photo-colorization's accuracy", "high", 4, 1),
    "ab_mse": Figure("photo-colorization's loss", "low", 5, 0),
    "ciede2000": Figure("CIEDE2000", "low", 3, 0),
    "ab_error": Figure("|ab error|", "low", 3, 0),
    "hint_error": Figure("|ab error| where hinted", "low", 3, 0),
    "colorfulness": Figure("colorfulness", "high", 2),
    "colorfulness_difference": Figure("colourfulness less truth's", "zero", 2, 0),
    "bias_a": Figure("mean a* less truth's", "zero", 2, 0),
    "bias_b": Figure("mean b* less truth's", "zero", 2, 0),
    "calibration": Figure("calibration (Spearman)", "high", 3, 1),
    "lpips": Figure("LPIPS", "low", 4, 0),
    "fid": Figure("FID", "low", 2, 0),
}


@dataclass(frozen=True)
class Truth:
    """Ground truth of a batch: the photos and what is computed of them once.

    Attributes:
        lab: (N, 3, 256, 256).
        rgb: the same as sRGB, 0..1.
        colorfulness: (N,).
        hinted: (N, 1, 256, 256) hint mask, 1 where the colour was given; None without hints.
    """

    lab: Tensor
    rgb: Tensor
    colorfulness: Tensor
    hinted: Tensor | None

    @classmethod
    def of(cls, lab: Tensor, hinted: Tensor | None = None) -> Truth:
        rgb = composed(lab, lab[:, 1:])
        return cls(lab, rgb, colorfulness(rgb), hinted)


def measure(truth: Truth, ab: Tensor, rgb: Tensor) -> dict[str, Tensor]:
    """Per-photo metrics of a prediction, all but those that need learnt weights.

    PSNR, SSIM and colourfulness are of the composed sRGB picture, CIEDE2000 and |ab error| means
    over pixels, lightness equal on both sides.

    Args:
        truth: the photos.
        ab: (N, 2, 256, 256), predicted.
        rgb: `composed` of both.

    Returns:
        (N,) by name in `FIGURES`; `hint_error` is nan for a photo that no hint fell on.
    """
    lab = truth.lab
    guess = torch.cat([lab[:, :1], ab], dim=1)
    bias = (ab - lab[:, 1:]).mean(dim=(2, 3))
    colorful = colorfulness(rgb)
    found = {
        "psnr": psnr(rgb, truth.rgb),
        "ssim": ssim(rgb, truth.rgb),
        "ms_ssim": ms_ssim(rgb, truth.rgb),
        "agreement": larger_channel_agreement(guess, lab),
        "ab_mse": landscape_loss(guess, lab),
        "ciede2000": ciede2000(guess, lab).mean(dim=(1, 2)),
        "ab_error": ab_error(guess, lab),
        "colorfulness": colorful,
        "colorfulness_difference": colorful - truth.colorfulness,
        "bias_a": bias[:, 0],
        "bias_b": bias[:, 1],
    }
    if truth.hinted is not None:
        distance = (ab - lab[:, 1:]).norm(dim=1, keepdim=True) * truth.hinted
        found["hint_error"] = distance.sum(dim=(1, 2, 3)) / truth.hinted.sum(dim=(1, 2, 3))
    return found
