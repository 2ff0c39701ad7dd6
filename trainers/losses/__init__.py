"""What a training lowers: comparisons of predicted and true LAB, (N, 3, H, W), equal in L*."""

from trainers.losses.pixelwise import huber, l1, mse
from trainers.losses.registry import build_loss
from trainers.losses.structural import l1_ssim

LOSSES = {"huber": huber, "l1": l1, "l1_ssim": l1_ssim, "mse": mse}

__all__ = ["LOSSES", "build_loss"]
