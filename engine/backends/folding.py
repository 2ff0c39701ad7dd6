"""Normalisations folded into the weights that they belong to: the same function in fewer passes."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils import remove_spectral_norm
from torch.nn.utils.fusion import fuse_conv_bn_weights
from torch.nn.utils.spectral_norm import SpectralNorm

N = TypeVar("N", bound=nn.Module)


def _pairs(network: nn.Module) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Find which convolution feeds which normalisation, by running the network once."""
    sources: dict[int, tuple[nn.Conv2d, int]] = {}
    outputs: list[Tensor] = []  # held, so that no id is used again
    pairs: list[tuple[nn.Conv2d, nn.BatchNorm2d]] = []

    def record_output(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        assert isinstance(module, nn.Conv2d)
        sources[id(output)] = module, output._version
        outputs.append(output)

    def find_source(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(module, nn.BatchNorm2d)
        convolution, version = sources.get(id(inputs[0]), (None, 0))
        # An activation in place would hand on the same tensor, changed.
        if convolution is not None and inputs[0]._version == version:
            pairs.append((convolution, module))

    hooks = [
        module.register_forward_hook(record_output)
        if isinstance(module, nn.Conv2d)
        else module.register_forward_pre_hook(find_source)
        for module in network.modules()
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d)
    ]
    side = max(64, int(getattr(network, "size_multiple", 1)))
    with torch.inference_mode(False), torch.no_grad():  # tensors of inference keep no version
        network(torch.zeros(1, 1, side, side))
    for hook in hooks:
        hook.remove()
    return pairs


def fold_spectral_norm(network: N) -> N:
    """Fold a network's spectral normalisations (Miyato et al. 2018), in place; for inference only.

    Args:
        network: in evaluation mode, in which the norms of its weights are constant.

    Returns:
        The same network.
    """
    for module in network.modules():
        if any(isinstance(hook, SpectralNorm) for hook in module._forward_pre_hooks.values()):
            remove_spectral_norm(module)
    return network


def fold_normalization(network: N) -> N:
    """Fold a network's batch and spectral normalisations, in place; for inference only.

    An activation inside a normalisation layer (timm's BatchNormAct2d) stays, and so does a
    normalisation that follows something else than a convolution.

    Args:
        network: takes L* as a `Colorizer` does; in evaluation mode, on the CPU. Every convolution
            that feeds a normalisation feeds nothing else, as in every network of the catalog.

    Returns:
        The same network.
    """
    fold_spectral_norm(network)
    names = {module: name for name, module in network.named_modules()}
    for conv, norm in _pairs(network):
        assert norm.running_mean is not None and norm.running_var is not None
        conv.weight, conv.bias = fuse_conv_bn_weights(
            conv.weight,
            conv.bias,
            norm.running_mean,
            norm.running_var,
            norm.eps,
            norm.weight,
            norm.bias,
        )
        parent, _, leaf = names[norm].rpartition(".")
        rest = getattr(norm, "act", None) or nn.Identity()
        setattr(network.get_submodule(parent), leaf, rest)
    return network
