"""SSIM and MS-SSIM, differentiable.

SSIM: Wang et al., "Image quality assessment: from error visibility to structural similarity"
(2004). 11 x 11 Gaussian windows; edges mirrored, as in torchmetrics, in a third of its time.

MS-SSIM: Wang, Simoncelli and Bovik, "Multi-scale structural similarity for image quality
assessment" (2003). Windows that lie wholly inside the picture, halved pictures, five exponents;
each channel alone, then the channels' mean, as the seeds' PyTorch code does. Common libraries
stop at 161 or 176 pixels, and give infinite gradients where a scale does not correlate at all.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

BETAS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
SIGMA = 1.5
RADIUS = 5

_K1, _K2 = 0.01, 0.03
_FLOOR = 1e-4


def blur(planes: Tensor, sigma: float, radius: int) -> Tensor:
    """Gaussian blur of (N, C, H, W), the valid part: 2 * `radius` less in H and in W."""
    places = torch.arange(-radius, radius + 1, dtype=torch.float64)
    window = torch.exp(-(places**2) / (2 * sigma**2))
    channels = planes.shape[1]
    line = (window / window.sum()).to(planes).expand(channels, 1, -1)
    planes = F.conv2d(planes, line[..., :, None], groups=channels)
    return F.conv2d(planes, line[..., None, :], groups=channels)


def similarity_maps(
    one: Tensor, other: Tensor, data_range: float, *, sigma: float = SIGMA, radius: int = RADIUS
) -> tuple[Tensor, Tensor]:
    """SSIM's two factors in every window: luminance, and contrast times structure.

    Args:
        one, other: (N, C, H, W).
        data_range: the largest value less the smallest possible one, which is 0.
        sigma, radius: of the Gaussian window, pixels.

    Returns:
        Two (N, C, H - 2 * radius, W - 2 * radius).
    """
    # Around zero the variances, differences of large numbers, keep more digits.
    middle = data_range / 2
    one, other = one - middle, other - middle
    stack = torch.cat([one, other, one * one, other * other, one * other], dim=1)
    # Contiguous: the kernel for channels_last on CUDA may round to TF32, too coarse here.
    blurred = blur(stack.contiguous(), sigma, radius)
    mean1, mean2, square1, square2, product = blurred.chunk(5, dim=1)
    c1, c2 = (_K1 * data_range) ** 2, (_K2 * data_range) ** 2
    variances = (square1 - mean1**2) + (square2 - mean2**2)
    structure = (2 * (product - mean1 * mean2) + c2) / (variances + c2)
    mean1, mean2 = mean1 + middle, mean2 + middle
    return (2 * mean1 * mean2 + c1) / (mean1**2 + mean2**2 + c1), structure


def mirrored(planes: Tensor, radius: int) -> Tensor:
    """(N, C, H, W) padded by `radius` pixels on every side, mirrored about the outermost ones.

    Raises:
        ValueError: a side has no more than `radius` pixels.
    """
    height, width = planes.shape[-2:]
    if min(height, width) <= radius:
        raise ValueError(
            f"{width} x {height}: {radius + 1} x {radius + 1} pixels or more are needed"
        )
    return F.pad(planes, (radius,) * 4, mode="reflect")


def ssim(one: Tensor, other: Tensor, data_range: float) -> Tensor:
    """SSIM of each picture: 11 x 11 Gaussian windows, edges mirrored, the mean over channels.

    Args:
        one, other: (N, C, H, W).
        data_range: the largest value less the smallest possible one, which is 0.

    Returns:
        (N,); 1 for equal pictures.

    Raises:
        ValueError: the picture is smaller than 6 x 6.
    """
    one, other = mirrored(one, RADIUS), mirrored(other, RADIUS)
    luminance, structure = similarity_maps(one, other, data_range)
    return (luminance * structure).mean(dim=(1, 2, 3))


def scales(height: int, width: int) -> int:
    """Number of the five scales that fit: 5 from 161 pixels, 4 from 81, down to 1 from 11.

    Raises:
        ValueError: the picture is smaller than the window.
    """
    side = min(height, width)
    if side <= 2 * RADIUS:
        raise ValueError(f"{width} x {height}: 11 x 11 pixels or more are needed")
    return sum(side > 2 * RADIUS * 2**i for i in range(len(BETAS)))


def _power(similarity: Tensor, exponent: float) -> Tensor:
    """max(similarity, 0) ** exponent; a straight line below 1e-4, so that slopes stay finite."""
    curve = similarity.clamp_min(_FLOOR) ** exponent
    line = similarity.clamp_min(0) * _FLOOR ** (exponent - 1)
    return torch.where(similarity > _FLOOR, curve, line)


def ms_ssim(one: Tensor, other: Tensor, data_range: float) -> Tensor:
    """MS-SSIM of each picture.

    Under 161 pixels the picture has room for fewer than five scales: it has those that fit, and
    their exponents are scaled to the same sum of 1. Where an odd size is halved, the last row or
    column is averaged without a partner.

    Args:
        one, other: (N, C, H, W).
        data_range: the largest value less the smallest possible one, which is 0.

    Returns:
        (N,) within 0..1; 1 for equal pictures.

    Raises:
        ValueError: the picture is smaller than 11 x 11.
    """
    betas = BETAS[: scales(*one.shape[-2:])]
    total: Tensor = one.new_ones(one.shape[:2])
    for i, beta in enumerate(betas):
        luminance, structure = similarity_maps(one, other, data_range)
        last = i == len(betas) - 1
        mean = (luminance * structure if last else structure).mean(dim=(2, 3))
        total = total * _power(mean, beta / sum(betas))
        if not last:
            one, other = (F.avg_pool2d(x, 2, ceil_mode=True) for x in (one, other))
    return total.mean(dim=1)
