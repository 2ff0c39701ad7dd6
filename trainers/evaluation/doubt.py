"""Whether a network knows where it errs."""

from __future__ import annotations

import math

import torch
from scipy.stats import spearmanr
from torch import Tensor

_STRIDE = 4  # pixels: neighbours say the same twice


class RankCorrelation:
    """Spearman's correlation of expected and true |ab error| over the pixels of all photos."""

    def __init__(self) -> None:
        self._expected: list[Tensor] = []
        self._true: list[Tensor] = []

    def add(self, expected: Tensor, ab: Tensor, true: Tensor) -> None:
        """Takes (N, 1, H, W) expected errors of (N, 2, H, W) colours whose truth is known."""
        error = (ab - true).norm(dim=1, keepdim=True)
        for planes, found in ((expected, self._expected), (error, self._true)):
            found.append(planes[..., ::_STRIDE, ::_STRIDE].float().flatten().cpu())

    def value(self) -> float:
        """From -1 to 1; nan where one of the two is the same everywhere."""
        expected, true = torch.cat(self._expected), torch.cat(self._true)
        if expected.min() == expected.max() or true.min() == true.max():
            return math.nan
        return float(spearmanr(expected.numpy(), true.numpy()).statistic)
