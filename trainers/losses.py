"""What a training lowers. Every loss takes predicted and true LAB, (N, 3, H, W), equal in L*."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

Loss = Callable[[Tensor, Tensor], Tensor]


def huber(predicted: Tensor, true: Tensor) -> Tensor:
    """Huber's loss with its corner at 10 LAB units: quadratic near the truth, linear far off."""
    return F.huber_loss(predicted[:, 1:], true[:, 1:], delta=10.0) / 10


def l1(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean absolute difference, LAB units."""
    return F.l1_loss(predicted[:, 1:], true[:, 1:])


def mse(predicted: Tensor, true: Tensor) -> Tensor:
    """Mean squared difference, LAB units squared."""
    return F.mse_loss(predicted[:, 1:], true[:, 1:])


def l1_ssim(predicted: Tensor, true: Tensor) -> Tensor:
    """0.8 times the absolute difference of ab / 128 plus 0.2 times 1 - SSIM of LAB (0..1)."""
    ends = predicted.new_tensor([100.0, 255.0, 255.0]).view(3, 1, 1)
    shift = predicted.new_tensor([0.0, 128.0, 128.0]).view(3, 1, 1)
    one, other = (predicted + shift) / ends, (true + shift) / ends
    similarity = torch.as_tensor(structural_similarity_index_measure(one, other, data_range=1.0))
    return 0.8 * l1(predicted, true) / 128 + 0.2 * (1 - similarity)


LOSSES: dict[str, Loss] = {"huber": huber, "l1": l1, "l1_ssim": l1_ssim, "mse": mse}
