"""Calibration of a network's own error estimate: does it know where it errs?"""

from __future__ import annotations

import math

import torch
from scipy.stats import spearmanr
from torch import Tensor

_STRIDE = 4  # pixels; neighbours are so alike that they add nothing


class Calibration:
    """Spearman rank correlation of predicted and true |ab error| over the pixels of all photos."""

    def __init__(self) -> None:
        self._predicted: list[Tensor] = []
        self._true: list[Tensor] = []

    def add(self, predicted_error: Tensor, ab: Tensor, true_ab: Tensor) -> None:
        """Adds a batch.

        Args:
            predicted_error: (N, 1, H, W) |ab error| that the network expects, LAB units.
            ab: (N, 2, H, W) the network's colours.
            true_ab: (N, 2, H, W) the photos' colours.
        """
        true_error = (ab - true_ab).norm(dim=1, keepdim=True)
        for planes, samples in ((predicted_error, self._predicted), (true_error, self._true)):
            samples.append(planes[..., ::_STRIDE, ::_STRIDE].float().flatten().cpu())

    def value(self) -> float:
        """The correlation, -1 to 1; nan where either error is the same everywhere."""
        predicted, true = torch.cat(self._predicted), torch.cat(self._true)
        if predicted.min() == predicted.max() or true.min() == true.max():
            return math.nan
        return float(spearmanr(predicted.numpy(), true.numpy()).statistic)
