"""Synthetic weights for networks without published ones, so that they can be compiled and timed.

With random weights activations grow, or vanish, from layer to layer, and rounding errors with them.
A few optimizer steps on synthetic pictures bring both to the size that training leaves.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from kinemacolor.engine.backends.parity import probes
from kinemacolor.models import weights
from kinemacolor.models.catalog import build
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.errors import WeightsError
from kinemacolor.models.weights_files import find

_STEPS, _RATE = 40, 2e-3


def weights_file(name: str, folder: Path) -> Path:
    """Weights file of a variant: the published one, or a new one of synthetic weights.

    Args:
        name: of the variant.
        folder: for a new file.
    """
    try:
        return find(name)
    except WeightsError:
        torch.manual_seed(0)
        path = folder / f"{name}.safetensors"
        weights.save(_fit_briefly(build(name)), path, name)
        return path


def _fit_briefly(network: Colorizer) -> Colorizer:
    """`network` after `_STEPS` optimizer steps towards synthetic colours."""
    for parameter in network.parameters():  # some networks begin with a layer of zeros
        if parameter.ndim > 1 and not parameter.any():
            nn.init.kaiming_uniform_(parameter)
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = 0.1
    planes = np.stack([probes((64, 64), seed) for seed in range(1, 7)])  # (6, 3, 64, 64)
    light, ab = torch.from_numpy(planes[:, :1]), torch.from_numpy(planes[:, 1:] - 50) / 2
    optimizer = torch.optim.Adam(network.parameters(), lr=_RATE)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=_STEPS)
    network.train()
    for _ in range(_STEPS):
        optimizer.zero_grad()
        nn.functional.smooth_l1_loss(network(light), ab).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        rate.step()
    return network.eval()
