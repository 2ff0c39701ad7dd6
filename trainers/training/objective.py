"""Training objective as one module: the loss of a network's prediction of a batch."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.distribution import DistributionColorizer, Prediction, palette_mean
from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.hints import from_truth
from kinemacolor.trainers.loss_names import DISTRIBUTION
from kinemacolor.trainers.losses import build_loss
from kinemacolor.trainers.losses.distribution import distribution_loss


class Objective(nn.Module):
    """Network together with its recipe's loss.

    Args:
        network: to train.
        recipe: its `loss` is "distribution", for a `DistributionColorizer`, or one of `LOSSES`.

    Raises:
        ValueError: the loss does not go with the network or the recipe's other fields.
        PretrainedError: the weights that the loss needs cannot be had.
    """

    def __init__(self, network: Colorizer, recipe: Recipe) -> None:
        super().__init__()
        self.network = network
        self.is_distribution = recipe.loss == DISTRIBUTION
        if not self.is_distribution:
            self.loss = build_loss(recipe)
        elif not isinstance(network, DistributionColorizer):
            raise ValueError(f"loss: {type(network).__name__} predicts no distribution of colours")

    def forward(self, lab: Tensor, mask: Tensor, *, detailed: bool = True) -> Tensor:
        """Loss of a batch.

        Args:
            lab: (N, 3, H, W) true LAB.
            mask: (N, 1, H, W) hint mask, 1 where the true colour is given.
            detailed: whether a distribution's loss sees the output at full size, too.

        Returns:
            A scalar.
        """
        lightness, hints = lab[:, :1], from_truth(lab, mask)
        if self.is_distribution:
            assert isinstance(self.network, DistributionColorizer)
            if detailed:
                prediction = self.network.predict(lightness, hints)
            else:
                logits = self.network.distribution(lightness, hints)
                small = palette_mean(logits, self.network.palette)
                prediction = Prediction(small, logits)
                height, width = logits.shape[1:3]
                lab = F.adaptive_avg_pool2d(lab, (height, width))
            with torch.autocast(lab.device.type, enabled=False):
                return distribution_loss(prediction, lab)
        ab = self.network(lightness, hints)
        loss: Tensor = self.loss(torch.cat([lightness, ab.float()], dim=1), lab)
        return loss
