"""Which places of two pictures look alike: a learned metric of the encoder's features.

A linear head over features of cells, at three scales and with their surroundings. It was trained so
that what a softmax over its similarities takes from one view of a photo are the colours of another
view (Vondrick et al. 2018, "Tracking emerges by colorizing videos"), with the encoder as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

WEIGHTS = Path(__file__).parent / "fitted" / "metric.safetensors"
GROUPS = (48, 120, 48, 120, 96)  # channels of the kinds of features

Statistics = list[tuple[Tensor, Tensor]]


def cells_of(quarter: Tensor, eighth: Tensor, sixteenth: Tensor) -> tuple[Tensor, ...]:
    """Features of a picture's cells, (cells, c) for every kind of `GROUPS`.

    Args:
        quarter: (24, 2 rows, 2 columns) of the encoder.
        eighth: (48, rows, columns).
        sixteenth: (120, rows / 2, columns / 2).
    """
    fine = eighth[None]
    coarse = F.interpolate(sixteenth[None], scale_factor=2.0, mode="bilinear")
    maps = fine, coarse, _around(fine), _around(coarse), F.pixel_unshuffle(quarter[None], 2)
    return tuple(planes[0].flatten(1).T.contiguous() for planes in maps)


def tone_of(lightness: Tensor, cells: tuple[int, int]) -> Tensor:
    """(cells, 3) of unit length: mean and deviation of (h, w) L* in each of (rows, columns)."""
    moments = torch.stack([lightness, lightness.square()])[None]
    mean, square = F.interpolate(moments, size=cells, mode="area")[0]
    deviation = (square - mean.square()).clamp_min(0).sqrt()
    # The constant makes near black and near white no opposites.
    planes = [mean / 100 - 0.5, deviation / 30 - 0.5, torch.full(cells, 0.3)]
    return F.normalize(torch.stack(planes).flatten(1).T, dim=1)


def statistics_of(features: Sequence[Tensor]) -> Statistics:
    """Mean and deviation of each kind's channels over a picture's cells."""
    return [(x.mean(0), x.std(0) + 1e-3) for x in features]


def joined(features: Sequence[Tensor], tone: Tensor, statistics: Statistics) -> Tensor:
    """(cells, sum of channels) of unit length, in which each kind of feature counts alike.

    Args:
        features, tone: of a picture.
        statistics: of the picture whose cells are looked through.
    """
    parts = [
        F.normalize((x - mean) / deviation, dim=1)
        for x, (mean, deviation) in zip(features, statistics, strict=True)
    ]
    whole: Tensor = torch.cat([*parts, tone], 1) / (len(parts) + 1) ** 0.5
    return whole


def projected(joined_features: Tensor, head: Tensor) -> Tensor:
    """(cells, d) of unit length: cosines between them are similarities."""
    return F.normalize(joined_features @ head, dim=1)


@lru_cache(maxsize=1)
def shipped_head() -> Tensor:
    """(sum of channels, d) float32: the head that was trained."""
    return load_file(WEIGHTS)["head"].float()


def _around(planes: Tensor) -> Tensor:
    """The mean over 3x3 cells."""
    return F.avg_pool2d(F.pad(planes, (1, 1, 1, 1), mode="replicate"), 3, 1)
