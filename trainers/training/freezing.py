"""Freezing: parts of a network, or its batch norms' statistics, that a training leaves alone."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from kinemacolor.trainers.errors import TrainingError


def freeze(network: nn.Module, names: Sequence[str]) -> None:
    """Keep the weights of some modules, and the statistics of their batch norms.

    Args:
        network: in training mode.
        names: of modules as `network.named_modules` gives them.

    Raises:
        TrainingError: the network has no module of a name.
    """
    modules = dict(network.named_modules())
    for name in names:
        if name not in modules:
            raise TrainingError(f"frozen: {type(network).__name__} has no module {name!r}")
        modules[name].eval().requires_grad_(False)


def freeze_statistics(network: nn.Module) -> None:
    """Let batch norms normalise by their running statistics, and not change them.

    Their scales and shifts still learn. The network is then trained as the function it is used
    as: with its own statistics a small batch makes each prediction depend on the other crops.

    Args:
        network: in training mode.
    """
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()
