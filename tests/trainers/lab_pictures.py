"""Made pictures in LAB: smooth colours, and what training meets at its edges."""

import cv2
import numpy as np
import torch
from skimage.color import rgb2lab

from kinemacolor.models.color.lab import lab_to_srgb
from kinemacolor.trainers.metrics import ms_ssim


def smooth(seed: int, height: int = 64, width: int = 64) -> torch.Tensor:
    """(3, height, width) LAB of a varied picture inside sRGB's gamut."""
    noise = np.random.default_rng(seed).random((9, 9, 3), np.float32)
    rgb = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    return torch.from_numpy(rgb2lab(rgb).astype(np.float32)).movedim(-1, 0).contiguous()


def batch(first: int, count: int = 2, height: int = 64, width: int = 64) -> torch.Tensor:
    """(count, 3, height, width) of `smooth`."""
    return torch.stack([smooth(first + i, height, width) for i in range(count)])


def guess_of(true: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """The same L* with paler, noisy colours."""
    noise = torch.randn(true[:, 1:].shape, generator=torch.Generator().manual_seed(seed))
    return torch.cat([true[:, :1], 0.6 * true[:, 1:] + 5 * noise], dim=1)


def grey_of(true: torch.Tensor) -> torch.Tensor:
    """The same L* without colour."""
    return torch.cat([true[:, :1], torch.zeros_like(true[:, 1:])], dim=1)


def kmhcnet_accuracy(predicted: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """(N,) MS-SSIM of the composed RGB pictures, as KMHCNet computes it."""
    return ms_ssim(*(lab_to_srgb(lab).clamp(0, 1) for lab in (predicted, true)))
