"""Optimizer of a recipe: parameter groups for the encoder and for what has no weight decay."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from kinemacolor.models.recipe import Recipe


def build_optimizer(recipe: Recipe, network: nn.Module) -> torch.optim.Optimizer:
    """Optimizer of a recipe; its learning rate is 0 until `set_rate` sets it."""
    groups = _groups(recipe, network)
    if recipe.optimizer == "rmsprop":
        return torch.optim.RMSprop(groups, lr=0.0, alpha=recipe.betas[1], eps=recipe.eps)
    kind = torch.optim.Adam if recipe.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, lr=0.0, betas=recipe.betas, eps=recipe.eps, fused=True)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Sets the learning rate of every group; the encoder's is scaled by its factor."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["factor"]


def _groups(recipe: Recipe, network: nn.Module) -> list[dict[str, Any]]:
    """Parameter groups: encoder or not, weight decay or not."""
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            key = (name.startswith("encoder."), parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    return [
        {
            "params": parameters,
            "factor": recipe.encoder_rate if encoder else 1.0,
            "weight_decay": recipe.weight_decay if decays else 0.0,
        }
        for (encoder, decays), parameters in groups.items()
    ]
