"""Metrics of colour pictures, differentiable; float tensors with the channels in dimension -3."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from kinemacolor.trainers import similarity


def ciede2000(lab1: Tensor, lab2: Tensor) -> Tensor:
    """Colour difference of CIE 142-2001, per pixel.

    Implements Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula" (2005).

    Args:
        lab1, lab2: (..., 3, H, W) LAB.

    Returns:
        (..., H, W) differences, 0 for equal colours.
    """
    l1, a1, b1 = lab1.unbind(-3)
    l2, a2, b2 = lab2.unbind(-3)
    mean_c7 = ((torch.hypot(a1, b1) + torch.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - (mean_c7 / (mean_c7 + 25.0**7)).sqrt())
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = torch.hypot(a1, b1), torch.hypot(a2, b2)
    h1 = torch.atan2(b1, a1) % (2 * math.pi)
    h2 = torch.atan2(b2, a2) % (2 * math.pi)

    grey = c1 * c2 == 0
    dh = h2 - h1
    dh = torch.where(dh > math.pi, dh - 2 * math.pi, dh)
    dh = torch.where(dh < -math.pi, dh + 2 * math.pi, dh)
    dh = torch.where(grey, torch.zeros_like(dh), dh)
    d_hue = 2 * (c1 * c2).sqrt() * torch.sin(dh / 2)
    d_l, d_c = l2 - l1, c2 - c1

    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    total = h1 + h2
    apart = (h1 - h2).abs() > math.pi
    mean_h = torch.where(
        apart, torch.where(total < 2 * math.pi, total + 2 * math.pi, total - 2 * math.pi), total
    )
    mean_h = torch.where(grey, total, mean_h / 2)
    t = (
        1
        - 0.17 * torch.cos(mean_h - math.radians(30))
        + 0.24 * torch.cos(2 * mean_h)
        + 0.32 * torch.cos(3 * mean_h + math.radians(6))
        - 0.20 * torch.cos(4 * mean_h - math.radians(63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / (20 + (mean_l - 50) ** 2).sqrt()
    s_c = 1 + 0.045 * mean_c
    s_h = 1 + 0.015 * mean_c * t
    turn = math.radians(30) * torch.exp(-(((mean_h - math.radians(275)) / math.radians(25)) ** 2))
    c7 = mean_c**7
    r_t = -torch.sin(2 * turn) * 2 * (c7 / (c7 + 25.0**7)).sqrt()
    l_term, c_term, h_term = d_l / s_l, d_c / s_c, d_hue / s_h
    square = l_term**2 + c_term**2 + h_term**2 + r_t * c_term * h_term
    return square.clamp_min(0).sqrt()


def colorfulness(rgb: Tensor) -> Tensor:
    """Hasler and Suesstrunk's measure M3 (2003): 0 for grey, about 15 slightly, 45 quite colourful.

    Args:
        rgb: (..., 3, H, W) encoded sRGB, 0..1.

    Returns:
        (...) one figure a picture.
    """
    r, g, b = (rgb * 255).unbind(-3)
    rg, yb = (r - g).flatten(-2), ((r + g) / 2 - b).flatten(-2)
    deviation = torch.hypot(rg.std(-1, correction=0), yb.std(-1, correction=0))
    return deviation + 0.3 * torch.hypot(rg.mean(-1), yb.mean(-1))


def psnr(rgb1: Tensor, rgb2: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB of (..., 3, H, W) pictures in 0..1; (...)."""
    return -10 * torch.log10(((rgb1 - rgb2) ** 2).mean(dim=(-3, -2, -1)).clamp_min(1e-12))


def ssim(rgb1: Tensor, rgb2: Tensor) -> Tensor:
    """Structural similarity of (N, 3, H, W) pictures in 0..1; (N,), 1 for equal ones.

    Wang et al. (2004): 11 x 11 Gaussian windows, edges mirrored, each channel alone.
    """
    return similarity.ssim(rgb1, rgb2, 1.0)


def ms_ssim(rgb1: Tensor, rgb2: Tensor) -> Tensor:
    """Multi-scale structural similarity of (N, 3, H, W) pictures in 0..1; (N,), 1 for equal ones.

    Five scales from 161 pixels, fewer below (`kinemacolor.trainers.similarity.ms_ssim`).
    """
    return similarity.ms_ssim(rgb1, rgb2, 1.0)


def ab_error(lab1: Tensor, lab2: Tensor) -> Tensor:
    """Mean distance of the (a*, b*) of (..., 3, H, W) LAB, in LAB units; (...)."""
    a, b = (lab1 - lab2)[..., 1:, :, :].unbind(-3)
    return torch.hypot(a, b).mean(dim=(-2, -1))
