"""ImageNet weights for the default network's encoder."""

from __future__ import annotations

from pathlib import Path

import torch
from segmentation_models_pytorch.encoders import get_encoder
from torch import Tensor

from models.kinema import ENCODER, Kinema


class PretrainedError(Exception):
    """Encoder weights that cannot be had."""


def _from_hub() -> dict[str, Tensor]:
    try:
        return get_encoder(ENCODER, in_channels=3, weights="imagenet").model.state_dict()
    except Exception as error:  # the hub's client raises many kinds, none of them its own
        raise PretrainedError(
            f"the ImageNet weights of {ENCODER} cannot be fetched ({type(error).__name__}); "
            "give a file with --encoder-weights PATH, or none to start from nothing"
        ) from error


def _from_file(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise PretrainedError(f"{path}: no such file of encoder weights")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling a stray file can raise anything
        raise PretrainedError(f"{path}: not a PyTorch state dict ({error})") from error


def load_encoder(network: Kinema, source: str) -> None:
    """Fills the encoder of `network` with ImageNet weights.

    Tensors are matched in order, for other projects' EfficientNet-Lite names its parts otherwise.
    The first convolution's RGB filters are added up: grey is R = G = B. Hint filters start at zero.

    Args:
        network: changed in place.
        source: "imagenet", "none", or a state dict's path.

    Raises:
        PretrainedError: they cannot be had, or do not fit.
    """
    if source == "none":
        return
    given = _from_hub() if source == "imagenet" else _from_file(Path(source))
    values = [v for k, v in given.items() if not k.endswith("num_batches_tracked")]
    state = network.encoder.model.state_dict()
    names = [k for k in state if not k.endswith("num_batches_tracked")]
    if len(values) < len(names):
        raise PretrainedError(f"{source}: {len(values)} tensors where {len(names)} are needed")
    for name, value in zip(names, values):  # noqa: B905 - the file's classifier comes after
        if name == names[0]:
            value = torch.cat([value.sum(dim=1, keepdim=True), torch.zeros_like(value)], dim=1)
        if value.shape != state[name].shape:
            raise PretrainedError(
                f"{source}: {tuple(value.shape)} for {name}, which is {tuple(state[name].shape)}"
            )
        state[name] = value
    network.encoder.model.load_state_dict(state)
