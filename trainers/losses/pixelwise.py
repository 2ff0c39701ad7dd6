"""Pixelwise losses of colour, in LAB units where nothing else is stated."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

from kinemacolor.trainers.losses.planes import comparison_planes

_KNEE = 1e-4  # a PSNR of 40 dB, from where there is little more to be gained


def huber(predicted: Tensor, true: Tensor) -> Tensor:
    """Huber's loss with its corner at 10 LAB units: quadratic near the truth, linear far off."""
    return F.huber_loss(predicted[:, 1:], true[:, 1:], delta=10.0) / 10


def l1(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean absolute difference, LAB units."""
    return F.l1_loss(predicted[:, 1:], true[:, 1:])


def mse(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean squared difference, LAB units squared."""
    return F.mse_loss(predicted[:, 1:], true[:, 1:])


def log_mse(space: str) -> Callable[[Tensor, Tensor], Tensor]:
    """Mean over pictures of log(1 + MSE / 0.0001), planes of `space` in 0..1.

    Follows the mean PSNR, as which pictures are judged, where MSE follows the worst pictures.
    """

    def compare(predicted: Tensor, true: Tensor) -> Tensor:
        one, other = (comparison_planes(lab, space) / 255 for lab in (predicted, true))
        return ((one - other).square().mean(dim=(1, 2, 3)) / _KNEE).log1p().mean()

    return compare
