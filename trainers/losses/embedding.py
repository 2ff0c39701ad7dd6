"""Perceptual losses: differences of a frozen ImageNet classifier's features (KMHCNet's)."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import ResNet50_Weights, VGG16_Weights, resnet50, vgg16

from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.hubs import is_reachable
from kinemacolor.trainers.losses.planes import embedding_input
from kinemacolor.trainers.pretrained import PretrainedError

_KINDS = {
    "vgg16": (vgg16, VGG16_Weights.IMAGENET1K_V1),
    "resnet50": (resnet50, ResNet50_Weights.IMAGENET1K_V1),
}
_ADVICE = "give a torchvision state dict with --set embedding_weights=PATH, or none for random ones"


def _from_hub(kind: str) -> Mapping[str, Tensor]:
    weights = _KINDS[kind][1]
    try:
        fetched = Path(torch.hub.get_dir(), "checkpoints", Path(weights.url).name)
        if not fetched.is_file() and not is_reachable(weights.url):
            raise ConnectionError("the hub does not answer")
        return weights.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError, HTTPException) as error:
        raise PretrainedError(
            f"the ImageNet weights of the embedding {kind} cannot be fetched "
            f"({type(error).__name__}); {_ADVICE}"
        ) from error


def _from_file(path: Path) -> Mapping[str, Tensor]:
    if not path.is_file():
        raise PretrainedError(f"{path}: no such file of embedding weights; {_ADVICE}")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling a stray file can raise anything
        raise PretrainedError(f"{path}: not a PyTorch state dict; {_ADVICE}") from error
    if not isinstance(state, Mapping):
        raise PretrainedError(f"{path}: not a PyTorch state dict; {_ADVICE}")
    return state


def _headless(network: nn.Module) -> nn.Sequential:
    """Without its last two children: features of a 32nd of the size."""
    return nn.Sequential(*list(network.children())[:-2])


def _filled(kind: str, source: str) -> nn.Sequential:
    """The network with given weights; those of its head need not be there."""
    given = _from_hub(kind) if source == "imagenet" else _from_file(Path(source))
    with torch.device("meta"):
        network = _KINDS[kind][0](weights=None)
    head = tuple(f"{name}." for name, _ in list(network.named_children())[-2:])
    wanted = {k: v for k, v in network.state_dict().items() if not k.startswith(head)}
    for name, value in wanted.items():
        if name not in given and not name.endswith("num_batches_tracked"):
            raise PretrainedError(f"{source}: no weights of {kind}: {name} is missing")
        if name in given and given[name].shape != value.shape:
            raise PretrainedError(
                f"{source}: {tuple(given[name].shape)} for {name}, which is {tuple(value.shape)}"
            )
    known = {name: given[name] for name in wanted if name in given}
    network.load_state_dict(known, strict=False, assign=True)
    return _headless(network)


def _random(kind: str, seed: int) -> nn.Sequential:
    """The network with random weights, the same for the same seed; other draws are untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _headless(_KINDS[kind][0](weights=None))


class EmbeddingLoss(nn.Module):
    """Mean squared difference of tanh of the features of two pictures, 0..4.

    The network sees [L*, a + 128, b + 128], or sRGB times 255, without ImageNet's normalisation,
    as in KMHCNet's code. Gradients reach the prediction; the network is frozen.

    Args:
        recipe: its embedding ("vgg16" or "resnet50"), embedding_weights ("imagenet", "none" or a
            path), embedding_training, loss_space and seed.

    Raises:
        PretrainedError: the weights cannot be had, or do not fit.
    """

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.space, self.faithful = recipe.loss_space, recipe.embedding_training
        kind, source = recipe.embedding, recipe.embedding_weights
        network = _random(kind, recipe.seed) if source == "none" else _filled(kind, source)
        self.network = network.requires_grad_(False)
        self.train(self.faithful)

    def train(self, mode: bool = True) -> EmbeddingLoss:
        """Batch norm stays as the recipe says, whatever `mode` is."""
        return super().train(self.faithful)

    def forward(self, predicted: Tensor, true: Tensor) -> Tensor:
        with torch.no_grad():
            aim = self.network(embedding_input(true, self.space)).tanh()
        return F.mse_loss(self.network(embedding_input(predicted, self.space)).tanh(), aim)
