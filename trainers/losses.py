"""What a training lowers. Every loss takes predicted and true ab, (N, 2, H, W) in LAB units."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

Loss = Callable[[Tensor, Tensor], Tensor]


def huber(predicted: Tensor, true: Tensor) -> Tensor:
    """Huber's loss with its corner at 10 LAB units: quadratic near the truth, linear far off."""
    return F.huber_loss(predicted, true, delta=10.0) / 10


def l1(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean absolute difference, LAB units."""
    return F.l1_loss(predicted, true)


def mse(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean squared difference, LAB units squared."""
    return F.mse_loss(predicted, true)


LOSSES: dict[str, Loss] = {"huber": huber, "l1": l1, "mse": mse}
