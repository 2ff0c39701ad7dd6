"""Registry of losses by name."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.loss_names import LOSS_NAMES
from kinemacolor.trainers.losses.embedding import EmbeddingLoss
from kinemacolor.trainers.losses.pixelwise import huber, l1, log_mse, mse
from kinemacolor.trainers.losses.planes import comparison_planes
from kinemacolor.trainers.losses.structural import (
    Comparison,
    l1_ssim,
    ms_ssim_loss,
    ssim_loss,
    zhao_loss,
)


class MseOver255(nn.Module):
    """KMHCNet's "MSELoss": mean squared difference of the planes (0..255), over 255.

    With an embedding, its term is all that counts, undivided: the published losses say so.
    """

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.space = recipe.loss_space
        self.embedding = None if recipe.embedding == "none" else EmbeddingLoss(recipe)

    def forward(self, predicted: Tensor, true: Tensor) -> Tensor:
        if self.embedding is not None:
            return self.embedding(predicted, true)
        one, other = (comparison_planes(lab, self.space) for lab in (predicted, true))
        return F.mse_loss(one, other) / 255


class MsSsimAndEmbedding(nn.Module):
    """KMHCNet's "MSELoss+MS-SSIM": half of 1 - MS-SSIM of the planes, half the embedding term."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.structure = ms_ssim_loss(recipe.loss_space)
        self.embedding = EmbeddingLoss(recipe)

    def forward(self, predicted: Tensor, true: Tensor) -> Tensor:
        return 0.5 * (self.structure(predicted, true) + self.embedding(predicted, true))


class Loss(nn.Module):
    """Scalar loss of two (N, 3, H, W) LAB, equal in L*; computed in float32 under autocast too.

    Args:
        compare: the comparison; a module, whose weights move with `.to(device)`, or a function.
    """

    def __init__(self, compare: Comparison) -> None:
        super().__init__()
        self.compare = compare

    def forward(self, predicted: Tensor, true: Tensor) -> Tensor:
        with torch.autocast(predicted.device.type, enabled=False):
            return self.compare(predicted.float(), true.float())


LOSSES: dict[str, Callable[[Recipe], Comparison]] = {
    "huber": lambda recipe: huber,
    "l1": lambda recipe: l1,
    "mse": lambda recipe: mse,
    "log_mse": lambda recipe: log_mse(recipe.loss_space),
    "l1_ssim": lambda recipe: l1_ssim,
    "l1_ms_ssim": lambda recipe: zhao_loss(recipe.loss_space),
    "ssim": lambda recipe: ssim_loss(recipe.loss_space),
    "ms_ssim": lambda recipe: ms_ssim_loss(recipe.loss_space),
    "mse_255": MseOver255,
    "ms_ssim_mse": MsSsimAndEmbedding,
}

_LAB_ALONE = ("huber", "l1", "mse", "l1_ssim")
_EMBEDDING = {"mse_255": False, "ms_ssim_mse": True}  # takes one, and whether it needs it


def build_loss(recipe: Recipe) -> Loss:
    """Loss function of a recipe.

    Raises:
        ValueError: the recipe's loss is unknown, or does not go with its loss_space or embedding.
        PretrainedError: the embedding's weights cannot be had, or do not fit.
    """
    name = recipe.loss
    if name not in LOSSES:
        raise ValueError(f"loss: {name!r} is none of {', '.join(LOSS_NAMES)}")
    if recipe.loss_space != "lab" and name in _LAB_ALONE:
        raise ValueError(f"loss_space: the loss {name} compares in lab alone")
    if recipe.embedding != "none" and name not in _EMBEDDING:
        raise ValueError(
            f"embedding: the loss {name} compares no features, {' and '.join(_EMBEDDING)} do"
        )
    if recipe.embedding == "none" and _EMBEDDING.get(name, False):
        raise ValueError(f"embedding: the loss {name} needs one, vgg16 or resnet50")
    return Loss(LOSSES[name](recipe))
