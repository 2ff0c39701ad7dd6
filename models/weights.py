"""Weights files: a state dict as safetensors, with the network's name and history in the header."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from kinemacolor.models.catalog import CATALOG, build
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.errors import WeightsError
from kinemacolor.models.foreign_weights import check_packages
from kinemacolor.models.plain_files import replace_plain
from kinemacolor.models.weights_files import checked_file, file_digest, variant_in
from kinemacolor.models.weights_reading import read_content

log = logging.getLogger(__name__)

_FITTING = "give a file that was made for it by this version, or as its authors publish it"


@dataclass(frozen=True)
class Loaded:
    """A weights file in memory, and a builder of the network that it is for.

    Attributes:
        network: builds the network with these weights, anew at every call: in evaluation mode,
            float32, on the CPU. Raises WeightsError where they do not fit it.
        variant: the network's name in the catalog.
        digest: SHA-256 of the weights file, hexadecimal.
        metadata: what the file's header says of the training: recipe, data, scores; empty where
            another project made the file.
        license: of weights that another project published, by its SPDX identifier; else empty.
    """

    network: Callable[[], Colorizer]
    variant: str
    digest: str
    metadata: dict[str, Any]
    license: str = ""


def save(
    network: Colorizer,
    path: Path,
    variant: str,
    *,
    metadata: dict[str, Any] | None = None,
    half: bool = False,
) -> None:
    """Write a network's weights to a file, which appears whole or not at all.

    Args:
        network: built from `variant`.
        path: of the safetensors file.
        variant: name in the catalog.
        metadata: JSON values to remember in the header: recipe, data and scores.
        half: store floating-point tensors as float16, where they fit (half the size; read back as
            float32).
    """
    tensors = {
        name: (_halved(t) if half else t).contiguous().cpu()
        for name, t in network.state_dict().items()
    }
    header = {"variant": variant, "metadata": json.dumps(metadata or {}, sort_keys=True)}
    part = path.with_name(f".{path.name}.part")
    save_file(tensors, part, metadata=header)
    part.chmod(0o644)  # safetensors makes files that only their owner can read
    replace_plain(part, path)


def _halved(tensor: Tensor) -> Tensor:
    """A tensor as float16; as it is where it has no fractions, or is too large for that."""
    if not tensor.is_floating_point():
        return tensor
    half = tensor.half()
    return half if half.isfinite().all() else tensor


def identify(model: str | Path) -> tuple[str, str]:
    """The variant's name and the SHA-256 of the weights that `model` names; builds no network.

    Raises:
        WeightsError: no such file or variant, or a damaged file.
        PluginError: the variant's plug-in is faulty or refused.
    """
    path = checked_file(str(model))
    return variant_in(path) or read_content(path).variant, file_digest(path)


def load(model: str | Path) -> Loaded:
    """Read the weights that `model` names.

    Args:
        model: a weights file, the checkpoint of a training, weights of another project that
            `kinemacolor.models.foreign_weights` knows, or the name of a variant that comes with
            weights. Files are told by their content.

    Raises:
        WeightsError: no such file or variant, or a damaged file.
        PluginError: the variant's plug-in is faulty or refused.
    """
    path = checked_file(str(model))
    content = read_content(path)
    name = content.variant
    if content.is_checkpoint:
        log.warning("%s: is a training's checkpoint; its averaged weights are used", path)
    if name not in CATALOG:
        raise WeightsError(f"{path}: made for the unknown network {name!r}")
    check_packages(name, path)
    network = partial(_built, name, content.tensors, path)
    license = CATALOG[name].license if content.is_foreign else ""
    return Loaded(network, name, file_digest(path), content.metadata, license)


def _built(name: str, tensors: Mapping[str, Tensor], path: Path) -> Colorizer:
    network = build(name)
    wanted = network.state_dict()
    for key in tensors.keys() & wanted.keys():
        given, own = tensors[key], wanted[key]
        whole = own.is_floating_point() and not given.is_floating_point()
        if whole or given.shape != own.shape:
            what = f"{key} is {_kind(given)}, not {_kind(own)}"
            raise WeightsError(path, f"does not fit network {name!r}: {what}", _FITTING)
    missing, unknown = network.load_state_dict(dict(tensors), strict=False)
    for keys, what in ((missing, "it lacks"), (unknown, "it has, besides,")):
        if keys:
            some = f"{keys[0]} and {len(keys) - 1} others" if len(keys) > 1 else keys[0]
            raise WeightsError(path, f"does not fit network {name!r}: {what} {some}", _FITTING)
    return network


def _kind(tensor: Tensor) -> str:
    """A tensor's shape and what kind of numbers it holds, in words."""
    kind = "" if tensor.is_floating_point() else " of whole numbers"
    return ("x".join(map(str, tensor.shape)) or "a single number") + kind
