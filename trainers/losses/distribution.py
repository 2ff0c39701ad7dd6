"""Loss of networks that predict a distribution over a palette of colours."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from kinemacolor.models.distribution import Prediction
from kinemacolor.models.palette import nearest_four
from kinemacolor.trainers.losses.pixelwise import huber

# Both parts near one half as a training begins to settle.
_CHOICE, _MEAN = 0.5, 0.1
# Grey is everywhere: a colour of this chroma counts twice as much as grey. Zhang, Isola and Efros
# (2016) weigh by rarity in their data, which lets specks of rare colour speak loudest.
_CHROMA = 25.0


def distribution_loss(prediction: Prediction, true: Tensor) -> Tensor:
    """Cross entropy of the palette with soft labels, and Huber distance of the mean colour.

    Args:
        prediction: of a network in training mode, whose ab is the distribution's mean.
        true: (N, 3, H, W) LAB.
    """
    logits = prediction.logits
    height, width = logits.shape[1:3]
    ab = F.adaptive_avg_pool2d(true[:, 1:], (height, width))
    picks, weights = nearest_four(ab)
    # Straight over the palette's axis, which lies last: channels-first copies cost a tenth more.
    chosen = logits.gather(-1, picks.permute(0, 2, 3, 1))
    likely = (chosen * weights.permute(0, 2, 3, 1)).sum(dim=-1)
    surprise = torch.logsumexp(logits, dim=-1) - likely
    importance = 1 + ab.norm(dim=1) / _CHROMA
    choice = (surprise * importance).sum() / importance.sum()
    guess = torch.cat([true[:, :1], prediction.ab.float()], dim=1)
    return _CHOICE * choice + _MEAN * huber(guess, true)
