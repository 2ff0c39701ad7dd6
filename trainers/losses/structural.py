"""Structural losses: SSIM and MS-SSIM of the colour planes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from kinemacolor.trainers.losses.pixelwise import l1
from kinemacolor.trainers.losses.planes import comparison_planes, unit_lab
from kinemacolor.trainers.similarity import blur, mirrored, ms_ssim, similarity_maps, ssim

Comparison = Callable[[Tensor, Tensor], Tensor]

_ZHAO_SIGMAS = (0.5, 1.0, 2.0, 4.0, 8.0)
_ZHAO_RADIUS = 15
_ZHAO_ALPHA = 0.84


def l1_ssim(predicted: Tensor, true: Tensor) -> Tensor:
    """0.8 times the absolute difference of ab / 128 plus 0.2 times 1 - SSIM of LAB (0..1).

    The loss of the public sibling of MSAU-Net, whose own is published as a picture only.
    """
    similarity = ssim(unit_lab(predicted), unit_lab(true), 1.0).mean()
    return 0.8 * l1(predicted, true) / 128 + 0.2 * (1 - similarity)


def ssim_loss(space: str) -> Comparison:
    """1 - SSIM of the planes of `space`; 11 x 11 Gaussian windows."""

    def compare(predicted: Tensor, true: Tensor) -> Tensor:
        one, other = comparison_planes(predicted, space), comparison_planes(true, space)
        return 1 - ssim(one, other, 255.0).mean()

    return compare


def ms_ssim_loss(space: str) -> Comparison:
    """1 - MS-SSIM of the planes of `space`, data range 255: KMHCNet's.

    KMHCNet's code computes ab * 128 + 128 of the network's -1..1, which is ab + 128 here.
    Pictures under 161 pixels are compared at fewer scales (`trainers.similarity.ms_ssim`).
    """

    def compare(predicted: Tensor, true: Tensor) -> Tensor:
        one, other = comparison_planes(predicted, space), comparison_planes(true, space)
        return 1 - ms_ssim(one, other, 255.0).mean()

    return compare


def _zhao_mix(one: Tensor, other: Tensor) -> Tensor:
    """The mix of planes in 0..1."""
    similarity = torch.ones_like(one)
    for sigma in _ZHAO_SIGMAS:
        radius = min(round(3.5 * sigma), _ZHAO_RADIUS)
        luminance, structure = similarity_maps(
            mirrored(one, radius), mirrored(other, radius), 1.0, sigma=sigma, radius=radius
        )
        similarity = similarity * structure
    similarity = similarity * luminance  # of the widest window alone
    distance = mirrored((one - other).abs(), _ZHAO_RADIUS).contiguous()
    absolute = blur(distance, _ZHAO_SIGMAS[-1], _ZHAO_RADIUS).mean()
    return _ZHAO_ALPHA * (1 - similarity.mean()) + (1 - _ZHAO_ALPHA) * absolute


def zhao_loss(space: str) -> Comparison:
    """0.84 (1 - MS-SSIM) + 0.16 Gaussian-weighted L1 of the planes of `space` in 0..1.

    Zhao et al., "Loss functions for image restoration with neural networks" (2017). Their MS-SSIM
    halves no picture but widens the window (sigma 0.5, 1, 2, 4, 8; at most 31 pixels, their
    patch), with all exponents 1, so it takes any crop from 16 pixels. Theirs is of each patch's
    middle pixel, ours of every pixel, edges mirrored. Their text says 0.84, their code 0.025.
    """

    def compare(predicted: Tensor, true: Tensor) -> Tensor:
        planes = (comparison_planes(lab, space) / 255 for lab in (predicted, true))
        return _zhao_mix(*planes)

    return compare
