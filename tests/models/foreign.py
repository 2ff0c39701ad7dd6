"""Weights files of other projects' networks, as those publish them but for random numbers."""

from __future__ import annotations

from pathlib import Path

import torch

from kinemacolor.models.catalog import variant
from kinemacolor.models.colorizer import Colorizer

# What makes random colours strong enough to be seen: a factor on the last layer that allows one.
_HEADS = {
    "eccv16": ("model_out.weight", 100),
    "ddcolor_tiny": ("decoder.color_decoder.color_embed.layers.2.weight", 500),
}


def random_network(name: str) -> Colorizer:
    """In evaluation mode, with normalisations that do something, and colours of some strength."""
    torch.manual_seed(3)
    network = variant(name).builder().train()
    tensors = dict(network.named_parameters())
    with torch.no_grad():
        for tensor, value in tensors.items():
            if tensor.endswith("gamma"):  # of ConvNeXt's blocks, which begin at next to nothing
                value.fill_(0.3)
        for _ in range(4):  # settles the running statistics and the spectral norms
            network(torch.rand(2, 1, 64, 64).cumsum(dim=3) * 3)
        if name in _HEADS:
            head, factor = _HEADS[name]
            tensors[head].mul_(factor)
    return network.eval()


def write_published(name: str, path: Path, network: Colorizer | None = None) -> Path:
    """A file as the authors of a network give it: wrapped, or in the format of old PyTorch."""
    tensors = (network or random_network(name)).state_dict()
    if name.startswith("ddcolor"):
        tensors["encoder.arch.head_cls.weight"] = torch.zeros(1000, 768)
        torch.save({"params": tensors}, path)
    else:
        if name == "siggraph17":
            tensors["model_class.0.weight"] = torch.zeros(529, 256, 1, 1)
            tensors["model_class.0.bias"] = torch.zeros(529)
        torch.save(tensors, path, _use_new_zipfile_serialization=False)
    return path
