"""Propagation of colour hints over a picture without learning: input for networks with hints.

Hints are splatted into a bilateral grid (Chen, Paris and Durand 2007): coarse in x and y, and in
layers of lightness, so that colour stops where lightness changes. Empty cells are filled by
pull-push (Gortler et al. 1996): sums over ever larger cells, then back from coarse to fine.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from kinemacolor.models.colorizer import Hints

_LAYERS = 8
_CELL = 2  # pixels
_LEAK = 0.1  # weight of a lightness layer's two neighbours
_TRUST = 0.05  # hints in a cell that weigh as much as the coarser cell's colour


def _leak(cells: Tensor) -> Tensor:
    """Blur (N, 3, layers, h, w) along lightness: each layer gets a share of its neighbours."""
    wider = F.pad(cells, (0, 0, 0, 0, 1, 1))
    return cells + _LEAK * (wider[:, :, :-2] + wider[:, :, 2:])


def _pull(cells: Tensor) -> list[Tensor]:
    """The pull pyramid: sums over blocks of 1, 2, 4 ... cells a side, finest first."""
    levels = [cells]
    while max(levels[-1].shape[-2:]) > 1:
        flat = F.avg_pool2d(levels[-1].flatten(1, 2), 2, ceil_mode=True) * 4
        levels.append(torch.unflatten(flat, 1, cells.shape[1:3]))
    return levels


def _push(levels: list[Tensor]) -> Tensor:
    """The push: (N, 2, layers, h, w) a* and b* of the finest cells, empty ones from coarser."""
    total = levels[-1].sum(dim=2, keepdim=True)
    color = (total[:, :2] / total[:, 2:].clamp_min(1e-6)).expand(-1, -1, _LAYERS, -1, -1)
    for level in reversed(levels):
        level = _leak(level)
        coarse = F.interpolate(
            color.flatten(1, 2), size=level.shape[-2:], mode="bilinear", align_corners=False
        )
        coarse = torch.unflatten(coarse, 1, (2, _LAYERS))
        color = (level[:, :2] + _TRUST * coarse) / (level[:, 2:] + _TRUST)
    return color


@torch.no_grad()
def spread(lightness: Tensor, hints: Hints) -> Tensor:
    """Propagate hints to every pixel, from those near it that are about as light.

    Args:
        lightness: (N, 1, H, W) L* in 0..100; H and W even.
        hints: of the same size.

    Returns:
        (N, 2, H, W) float32 a* and b*, LAB units; zero for a picture without hints.
    """
    with torch.autocast(lightness.device.type, enabled=False):
        lightness, mask = lightness.float(), hints.mask.float()
        step = 100 / (_LAYERS - 1)
        centres = torch.arange(_LAYERS, device=lightness.device).view(1, -1, 1, 1) * step
        layer = (1 - (lightness - centres).abs() / step).clamp_min(0)
        given = torch.cat([hints.ab.float() * mask, mask], dim=1)
        splat = (given[:, :, None] * layer[:, None]).flatten(1, 2)
        cells = torch.unflatten(F.avg_pool2d(splat, _CELL), 1, (3, _LAYERS)) * _CELL**2
        share = F.avg_pool2d(layer, _CELL)[:, None]
        color = (_push(_pull(cells)) * share).sum(dim=2) / share.sum(dim=2)
        return F.interpolate(color, scale_factor=float(_CELL), mode="bilinear")


def spread_where_given(lightness: Tensor, hints: Hints) -> Tensor:
    """What `spread` gives, without its work for the pictures of a batch that have no hint."""
    color = torch.zeros_like(hints.ab, dtype=torch.float32)
    given = hints.mask.amax(dim=(1, 2, 3)) > 0
    if given.any():
        color[given] = spread(lightness[given], Hints(hints.ab[given], hints.mask[given]))
    return color
