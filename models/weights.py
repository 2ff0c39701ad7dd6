"""Weights files: a state dict as safetensors, with the network's name and history in the header."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from kinemacolor.models.catalog import CATALOG, build
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.errors import WeightsError
from kinemacolor.models.foreign_weights import check_packages, recognize, unwrapped
from kinemacolor.models.plain_files import replace_plain
from kinemacolor.models.weights_content import is_torch_file, no_network_in
from kinemacolor.models.weights_files import checked_file, file_digest

log = logging.getLogger(__name__)

_LONGEST_REASON = 300  # characters: PyTorch lists every tensor that is missing


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
        license: of the network's published weights, by its SPDX identifier; empty for this
            project's own.
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
        half: store floating-point tensors as float16 (half the size; read back as float32).
    """
    tensors = {
        name: (t.half() if half and t.is_floating_point() else t).contiguous().cpu()
        for name, t in network.state_dict().items()
    }
    header = {"variant": variant, "metadata": json.dumps(metadata or {}, sort_keys=True)}
    part = path.with_name(f".{path.name}.part")
    save_file(tensors, part, metadata=header)
    part.chmod(0o644)  # safetensors makes files that only their owner can read
    replace_plain(part, path)


def identify(model: str | Path) -> tuple[str, str]:
    """The variant's name and the SHA-256 of the weights that `model` names; builds no network.

    Raises:
        WeightsError: no such file or variant, or a damaged file.
        PluginError: the variant's plug-in is faulty or refused.
    """
    path = checked_file(str(model))
    if is_torch_file(path):
        return _read_torch_file(path)[0]["variant"], file_digest(path)
    try:
        with safe_open(path, framework="pt") as file:
            shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118
            header = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise _damaged(path, error) from error
    return header.get("variant") or recognize(shapes, path), file_digest(path)


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
    if is_torch_file(path):
        header, tensors = _read_torch_file(path)
        if "metadata" in header:
            log.warning("%s: is a training's checkpoint; its averaged weights are used", path)
    else:
        try:
            with safe_open(path, framework="pt") as file:
                header = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise _damaged(path, error) from error
    _refuse_no_numbers(tensors, path)
    name = header.get("variant") or recognize(_shapes(tensors), path)
    if name not in CATALOG:
        raise WeightsError(f"{path}: made for the unknown network {name!r}")
    check_packages(name)
    network, digest = partial(_built, name, tensors, path), file_digest(path)
    return Loaded(network, name, digest, _metadata(header, path), CATALOG[name].license)


def _read_torch_file(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Header and tensors of a file that `torch.save` wrote, as a weights file would have them.

    Nothing in it is executed: PyTorch reads tensors and plain values alone.

    Raises:
        WeightsError: it is damaged, or of no network that is known.
    """
    try:
        with path.open("rb") as file:  # given a path, PyTorch goes by the name's ending
            state = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise WeightsError(path, f"PyTorch cannot read it ({_first_line(error)})") from error
    try:
        identity, step = state["identity"], state["course"]["step"]
        variant, tensors = str(identity["variant"]), dict(state["learner"]["average"])
    except (KeyError, TypeError, IndexError, ValueError):
        tensors = unwrapped(state)
        if not (variant := recognize(_shapes(tensors), path)):
            raise no_network_in(path) from None
        return {"variant": variant}, tensors
    return {"variant": variant, "metadata": json.dumps({"step": step})}, tensors


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def _refuse_no_numbers(tensors: Mapping[str, Tensor], path: Path) -> None:
    """See that weights are numbers: a training that diverged leaves others.

    Raises:
        WeightsError: some are NaN or infinite.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            problem = f"holds weights that are no numbers (NaN or infinity), such as in {name}"
            remedy = "the training diverged; give weights that it wrote earlier"
            raise WeightsError(path, problem, remedy)


def _metadata(header: Mapping[str, str], path: Path) -> dict[str, Any]:
    """What a header says of the training.

    Raises:
        WeightsError: it is no JSON object.
    """
    try:
        metadata = json.loads(header.get("metadata", "{}"))
    except ValueError as error:
        raise _damaged(path, error) from error
    if not isinstance(metadata, dict):
        raise _damaged(path, ValueError("its metadata is no JSON object"))
    return metadata


def _damaged(path: Path, error: Exception) -> WeightsError:
    return WeightsError(path, f"not a readable safetensors file ({_first_line(error)})")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _built(name: str, tensors: Mapping[str, Tensor], path: Path) -> Colorizer:
    network = build(name)
    try:
        network.load_state_dict(
            {k: t.float() if t.is_floating_point() else t for k, t in tensors.items()}
        )
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON]
        raise WeightsError(path, f"does not fit network {name!r} ({reason})") from error
    return network
