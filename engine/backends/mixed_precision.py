"""Mixed precision: weights in bfloat16, except in the layers where that would shift colours most.

Weights rounded to bfloat16 tint a picture as a whole. Most of that comes from the first layers:
convolutions that see the picture itself, and depthwise ones, whose few weights nothing averages
out. In float32 these leave the default network half of its error, for 4 % of its time.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from kinemacolor.engine.backends.folding import N, fold_normalization

_PICTURE = 4  # channels, at most, of a picture: lightness, hints and their mask
_FIRST = 32  # channels, at most, of first layers


class _Exact(nn.Module):
    """A convolution that stays in float32 where autocast runs its neighbours in fewer bits."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        device = x.device.type
        lower = torch.is_autocast_enabled(device)
        with torch.autocast(device, enabled=False):
            y: Tensor = self.conv(x.float())
        return y.to(torch.get_autocast_dtype(device)) if lower else y


def cast_for_inference(network: N, dtype: torch.dtype) -> N:
    """Fold normalisations and cast the weights, in place; for inference under autocast only.

    Args:
        network: float32, in evaluation mode, on the CPU.
        dtype: of all weights afterwards, except those of sensitive convolutions.

    Returns:
        The same network, in channels-last memory format.
    """
    network = fold_normalization(network)
    if dtype != torch.float32:
        exact = {
            name: _Exact(copy.deepcopy(module))
            for name, module in network.named_modules()
            if isinstance(module, nn.Conv2d) and _is_sensitive(module)
        }
        network = network.to(dtype)
        for name, layer in exact.items():
            parent, _, leaf = name.rpartition(".")
            setattr(network.get_submodule(parent), leaf, layer)
    # Channels-last is what the fast convolutions of CPUs and GPUs take; torch's overloads lack it.
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def _is_sensitive(conv: nn.Conv2d) -> bool:
    few = _FIRST if conv.groups == conv.in_channels else _PICTURE
    return conv.in_channels <= few
