"""A network made ready to compute in fewer bits, but for what that would cost most of its colours.

Weights rounded to bfloat16 tint a picture as a whole. Most of that comes from the first layers:
convolutions that see the picture itself, and depthwise ones, whose few weights nothing averages
out. In float32 these leave the default network half of its error, for 4 % of its time.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from kinemacolor.engine.backends.folding import fold_batch_norm
from kinemacolor.models.colorizer import Colorizer

_PICTURE = 4  # channels, at most, of a picture: lightness, hints and their mask
_FIRST = 32  # channels, at most, of first layers


class _Exact(nn.Module):
    """A convolution in float32 among layers that autocast runs in fewer bits."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        device = x.device.type
        lower = torch.is_autocast_enabled(device)
        with torch.autocast(device, enabled=False):
            y = self.conv(x.float())
        return y.to(torch.get_autocast_dtype(device)) if lower else y


def cast_for_inference(network: Colorizer, dtype: torch.dtype) -> Colorizer:
    """Changes `network` in place, and returns it; for inference under autocast only.

    Args:
        network: float32, in evaluation mode, on the CPU.
        dtype: of nearly all weights from here.
    """
    network = fold_batch_norm(network)
    if dtype != torch.float32:
        exact = {
            name: _Exact(copy.deepcopy(module))
            for name, module in network.named_modules()
            if isinstance(module, nn.Conv2d) and _is_touchy(module)
        }
        network = network.to(dtype)
        for name, layer in exact.items():
            parent, _, leaf = name.rpartition(".")
            setattr(network.get_submodule(parent), leaf, layer)
    # Channels side by side are what the quick convolutions of CPUs and GPUs take.
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _is_touchy(conv: nn.Conv2d) -> bool:
    few = _FIRST if conv.groups == conv.in_channels else _PICTURE
    return conv.in_channels <= few
