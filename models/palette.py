"""The palette of colour classes: a grid over the a*b* plane, as far as the sRGB gamut reaches."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from kinemacolor.models.color.lab import srgb_to_lab

STEP = 10.0  # LAB units between neighbours, as in Zhang, Isola and Efros (2016)
_REACH = 12  # grid points to either side of grey


@cache
def _grid() -> tuple[Tensor, Tensor]:
    """(K, 2) float64 a* and b* of the classes, and (25, 25) the class of each grid point or -1."""
    with torch.device("cpu"):  # cached, so never on whatever the default is now
        side = torch.linspace(0, 1, 65)
        cube = torch.stack(torch.meshgrid(side, side, side, indexing="ij")).flatten(1)[:, :, None]
        ab = srgb_to_lab(cube)[1:, :, 0].double()
        corner = (ab / STEP).floor().long() + _REACH
        used = torch.zeros(2 * _REACH + 1, 2 * _REACH + 1, dtype=torch.bool)
        for da in (0, 1):
            for db in (0, 1):
                used[corner[0] + da, corner[1] + db] = True
        numbers = torch.full(used.shape, -1)
        numbers[used] = torch.arange(int(used.sum()))
        return (used.nonzero() - _REACH) * STEP, numbers


def palette() -> Tensor:
    """The palette: (K, 2) float32 a* and b* of the classes, LAB units, on the default device."""
    return torch.tensor(_grid()[0].tolist())


def nearest_four(ab: Tensor) -> tuple[Tensor, Tensor]:
    """Soft labels: the four classes around each colour, with weights of bilinear interpolation.

    Args:
        ab: (N, 2, H, W) a* and b* within the sRGB gamut.

    Returns:
        (N, 4, H, W) int64 classes, and (N, 4, H, W) weights that add up to one; the weighted mean
        of the classes' colours is `ab`.
    """
    numbers = _grid()[1].to(ab.device)
    place = (ab / STEP + _REACH).clamp(0, 2 * _REACH - 1e-3)
    corner = place.floor()
    part = place - corner
    a, b = corner.long().unbind(1)
    pa, pb = part.unbind(1)
    picks = torch.stack([numbers[a + i, b + j] for i in (0, 1) for j in (0, 1)], dim=1)
    weights = torch.stack([(1 - pa) * (1 - pb), (1 - pa) * pb, pa * (1 - pb), pa * pb], dim=1)
    weights = weights * (picks >= 0)
    return picks.clamp_min(0), weights / weights.sum(1, keepdim=True).clamp_min(1e-6)
