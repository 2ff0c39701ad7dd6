"""ImageNet weights for a network's encoder."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from segmentation_models_pytorch.encoders import get_encoder
from torch import Tensor, nn

from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.errors import KinemacolorError


class PretrainedError(KinemacolorError):
    """ImageNet weights that cannot be fetched or read, or do not fit."""


def load_encoder(network: Colorizer, source: str) -> None:
    """Load ImageNet weights into the encoder of a network.

    Tensors are matched by name where all names are present, else by order, since other projects
    name an encoder's parts differently; a classifier after them is ignored. The first
    convolution's RGB filters are summed, as grey is R = G = B. Filters of further inputs (hints)
    start at zero.

    Args:
        network: changed in place; one without an encoder has nothing to load.
        source: "imagenet" (from its hub), "none", or a state dict's path.

    Raises:
        PretrainedError: they cannot be fetched or read, or do not fit.
    """
    name = network.encoder_name
    if source == "none" or (source == "imagenet" and name is None):
        return
    if name is None:
        raise PretrainedError(
            f"{source}: {type(network).__name__} has no encoder; leave --encoder-weights out"
        )
    given = _from_hub(name) if source == "imagenet" else _from_file(Path(source))
    encoder = network.encoder
    assert isinstance(encoder, nn.Module)
    _fill(encoder, given, source)


def _fill(encoder: nn.Module, given: dict[str, Tensor], source: str) -> None:
    """Load the tensors of `given`, the first one adapted to the encoder's input channels."""
    values = {k: v for k, v in given.items() if not k.endswith("num_batches_tracked")}
    state = encoder.state_dict()
    names = [k for k in state if not k.endswith("num_batches_tracked")]
    if len(values) < len(names):
        raise PretrainedError(f"{source}: {len(values)} tensors where {len(names)} are needed")
    chosen = [values[k] for k in names] if values.keys() >= set(names) else list(values.values())
    for name, value in zip(names, chosen):  # noqa: B905 - the file's classifier comes after
        if name == names[0] and value.ndim == 4 and value.shape[1] == 3:
            more = value.new_zeros(len(value), state[name].shape[1] - 1, *value.shape[2:])
            value = torch.cat([value.sum(dim=1, keepdim=True), more], dim=1)
        if value.shape != state[name].shape:
            raise PretrainedError(
                f"{source}: {tuple(value.shape)} for {name}, which is {tuple(state[name].shape)}"
            )
        state[name] = value
    encoder.load_state_dict(state)


def _from_hub(name: str) -> dict[str, Tensor]:
    try:
        return get_encoder(name, in_channels=3, weights="imagenet").state_dict()
    except Exception as error:  # the hub's clients raise many kinds, none of them their own
        raise PretrainedError(
            f"the ImageNet weights of {name} cannot be fetched ({type(error).__name__}); "
            "give a file with --encoder-weights PATH, or none to start from nothing"
        ) from error


def _from_file(path: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors file, or of a state dict or checkpoint that torch.save wrote.

    Raises:
        PretrainedError: the file is neither.
    """
    if not path.is_file():
        raise PretrainedError(f"{path}: no such file of encoder weights")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling a stray file can raise anything
        raise PretrainedError(f"{path}: not a state dict ({type(error).__name__})") from error
    inner = found.get("state_dict", found) if isinstance(found, dict) else None
    if not isinstance(inner, dict):
        raise PretrainedError(f"{path}: not a state dict, but a {type(found).__name__}")
    return {name: value for name, value in inner.items() if isinstance(value, Tensor)}
