"""Loss functions: comparisons of predicted and true LAB, (N, 3, H, W), equal in L*."""

from kinemacolor.trainers.losses.registry import LOSSES, build_loss

__all__ = ["LOSSES", "build_loss"]
