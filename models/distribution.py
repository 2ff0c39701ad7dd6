"""Networks that say how likely every colour is, and what follows from that."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from kinemacolor.models.colorizer import Colorizer, Hints


class Prediction(NamedTuple):
    """What a network says of a batch of (N, 1, H, W).

    Attributes:
        ab: (N, 2, H, W) LAB units.
        logits: (N, h, w, K) float32 of the palette's K colours, h and w a whole part of H and W.
    """

    ab: Tensor
    logits: Tensor


class DistributionColorizer(Colorizer):
    """Chooses among the colours of a palette (Zhang, Isola and Efros 2016).

    Attributes:
        palette: (K, 2) a*, b*.
    """

    palette: Tensor

    def predict(self, lightness: Tensor, hints: Hints | None = None) -> Prediction:
        """As `forward`, with the distribution that the colours were taken from."""
        raise NotImplementedError

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        return self.predict(lightness, hints).ab


def palette_mean(logits: Tensor, palette: Tensor, temperature: float = 1.0) -> Tensor:
    """(N, 2, h, w) float32 mean colour; below 1 `temperature` sharpens the distribution first."""
    device = logits.device.type
    # The meta device, on which operations are counted, knows no autocast.
    device = device if torch.amp.is_autocast_available(device) else "cpu"
    with torch.autocast(device, enabled=False):
        chance = torch.softmax(logits if temperature == 1 else logits / temperature, dim=-1)
        return (chance @ palette.float()).permute(0, 3, 1, 2).contiguous()


def expected_error(prediction: Prediction, palette: Tensor) -> Tensor:
    """How far the truth may lie from the predicted colours: the network's own confidence.

    Args:
        prediction: of (N, 1, H, W).
        palette: (K, 2), the network's.

    Returns:
        (N, 1, H, W) root mean square distance in ab units under the distribution; small is sure.
    """
    chance = torch.softmax(prediction.logits, dim=-1)
    palette = palette.float()
    mean = chance @ palette
    spread = chance @ palette.square().sum(dim=1, keepdim=True)
    spread = spread - mean.square().sum(dim=-1, keepdim=True)
    small = spread.clamp_min(0).sqrt().permute(0, 3, 1, 2)
    return F.interpolate(small, size=prediction.ab.shape[-2:], mode="bilinear", align_corners=False)
