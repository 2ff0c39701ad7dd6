"""Planes that structural losses compare: the colours alone, or the RGB picture."""

from __future__ import annotations

from torch import Tensor

from kinemacolor.models.color.lab import lab_to_srgb


def _rgb(lab: Tensor) -> Tensor:
    """(N, 3, H, W) sRGB, 0..255; what is out of gamut is clipped, and has no gradient."""
    return lab_to_srgb(lab).clamp(0, 1) * 255


def comparison_planes(lab: Tensor, space: str) -> Tensor:
    """Planes to compare, 0..255.

    Args:
        lab: (N, 3, H, W).
        space: "lab" gives ab + 128, (N, 2, H, W); "rgb" gives sRGB, (N, 3, H, W).
    """
    return lab[:, 1:] + 128 if space == "lab" else _rgb(lab)


def embedding_input(lab: Tensor, space: str) -> Tensor:
    """Input of embedding networks, (N, 3, H, W).

    Args:
        lab: (N, 3, H, W).
        space: "lab" gives L* (0..100), a + 128, b + 128; "rgb" gives sRGB, 0..255.
    """
    return lab + lab.new_tensor([0.0, 128.0, 128.0]).view(3, 1, 1) if space == "lab" else _rgb(lab)


def unit_lab(lab: Tensor) -> Tensor:
    """(N, 3, H, W) L* / 100, (a + 128) / 255, (b + 128) / 255."""
    return embedding_input(lab, "lab") / lab.new_tensor([100.0, 255.0, 255.0]).view(3, 1, 1)
