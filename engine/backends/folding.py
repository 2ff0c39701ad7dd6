"""Folds batch normalisation into the convolutions before it: the same function in fewer passes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from kinemacolor.models.colorizer import Colorizer


def _pairs(network: Colorizer) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Which convolution feeds which normalisation, seen in one run of the network."""
    makers: dict[int, tuple[nn.Conv2d, int]] = {}
    kept: list[Tensor] = []  # keeps ids of outputs from being used again
    pairs: list[tuple[nn.Conv2d, nn.BatchNorm2d]] = []

    def made(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        assert isinstance(module, nn.Conv2d)
        makers[id(output)] = module, output._version
        kept.append(output)

    def met(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(module, nn.BatchNorm2d)
        maker, version = makers.get(id(inputs[0]), (None, 0))
        # An activation in place would hand on the same tensor, changed.
        if maker is not None and inputs[0]._version == version:
            pairs.append((maker, module))

    hooks = [
        module.register_forward_hook(made)
        if isinstance(module, nn.Conv2d)
        else module.register_forward_pre_hook(met)
        for module in network.modules()
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d)
    ]
    side = max(64, network.size_multiple)
    with torch.inference_mode(False), torch.no_grad():  # tensors of inference keep no version
        network(torch.zeros(1, 1, side, side))
    for hook in hooks:
        hook.remove()
    return pairs


def fold_batch_norm(network: Colorizer) -> Colorizer:
    """Changes `network` in place, and returns it; for inference only.

    What a normalisation does besides normalising (timm's carries an activation) stays, and so does
    one that follows something else than a convolution.

    Args:
        network: in evaluation mode, on the CPU. Every convolution that feeds a normalisation feeds
            nothing else, as in every network of the catalog.
    """
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
