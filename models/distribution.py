"""Colourisation as classification: networks that predict a distribution over palette colours."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from kinemacolor.models.colorizer import Colorizer, Hints


class Prediction(NamedTuple):
    """The output for a batch of (N, 1, H, W): colours, and the distribution they come from.

    Attributes:
        ab: (N, 2, H, W) a* and b* in LAB units.
        logits: (N, h, w, K) float32, unnormalised log-probabilities of the palette's K colours;
            H and W are multiples of h and w.
    """

    ab: Tensor
    logits: Tensor


class DistributionColorizer(Colorizer):
    """A network that classifies pixels by the colours of a palette (Zhang, Isola and Efros 2016).

    Attributes:
        palette: (K, 2) a* and b* of the classes, LAB units.
    """

    palette: Tensor

    def predict(self, lightness: Tensor, hints: Hints | None = None) -> Prediction:
        """Predict colours as `forward` does, with the distribution that they come from."""
        raise NotImplementedError

    def distribution(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        """The logits of `predict` alone, without the colours at full size."""
        raise NotImplementedError

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        return self.predict(lightness, hints).ab


def palette_mean(logits: Tensor, palette: Tensor) -> Tensor:
    """The expected colour of a distribution.

    Args:
        logits: (N, h, w, K).
        palette: (K, 2) a* and b*, LAB units.

    Returns:
        (N, 2, h, w) float32 a* and b*, LAB units.
    """
    device = logits.device.type
    # The meta device, on which operations are counted, knows no autocast.
    device = device if torch.amp.is_autocast_available(device) else "cpu"
    with torch.autocast(device, enabled=False):
        chance = torch.softmax(logits, dim=-1)
        return (chance @ palette.float()).permute(0, 3, 1, 2).contiguous()


def expected_error(prediction: Prediction, palette: Tensor) -> Tensor:
    """The standard deviation of the predicted distribution: the network's own uncertainty.

    Args:
        prediction: of (N, 1, H, W).
        palette: (K, 2) a* and b*, the network's.

    Returns:
        (N, 1, H, W) root mean square distance in a*b* from the expected colour, LAB units; small
        where the network is certain.
    """
    chance = torch.softmax(prediction.logits, dim=-1)
    palette = palette.float()
    mean = chance @ palette
    spread = chance @ palette.square().sum(dim=1, keepdim=True)
    spread = spread - mean.square().sum(dim=-1, keepdim=True)
    small = spread.clamp_min(0).sqrt().permute(0, 3, 1, 2)
    return F.interpolate(small, size=prediction.ab.shape[-2:], mode="bilinear", align_corners=False)
