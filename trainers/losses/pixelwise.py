"""Losses that compare colours pixel by pixel, in LAB units."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def huber(predicted: Tensor, true: Tensor) -> Tensor:
    """Huber's loss with its corner at 10 LAB units: quadratic near the truth, linear far off."""
    return F.huber_loss(predicted[:, 1:], true[:, 1:], delta=10.0) / 10


def l1(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean absolute difference, LAB units."""
    return F.l1_loss(predicted[:, 1:], true[:, 1:])


def mse(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean squared difference, LAB units squared."""
    return F.mse_loss(predicted[:, 1:], true[:, 1:])
