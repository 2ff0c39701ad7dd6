"""The tensors of a weights file, and what it says of itself; nothing in a file is executed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from kinemacolor.models.errors import WeightsError
from kinemacolor.models.foreign_weights import recognize, unwrapped
from kinemacolor.models.weights_content import AGAIN, is_torch_file, no_network_in

_TYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
_COUNTS = (torch.int64, torch.int32, torch.uint8, torch.bool)


@dataclass(frozen=True)
class Content:
    """What is in a weights file.

    Attributes:
        variant: the network's name.
        tensors: its state dict, floating-point numbers as float32.
        metadata: what the file says of the training.
        is_foreign: another project made the file.
        is_checkpoint: it is a training's checkpoint.
    """

    variant: str
    tensors: dict[str, Tensor]
    metadata: dict[str, Any] = field(default_factory=dict)
    is_foreign: bool = False
    is_checkpoint: bool = False


def read_content(path: Path) -> Content:
    """Read a weights file, or a file of PyTorch that has weights.

    Raises:
        WeightsError: it is damaged, of no network that is known, or has weights that are no
            numbers.
    """
    content = _read_torch_file(path) if is_torch_file(path) else _read_safetensors(path)
    remedy = AGAIN if content.is_foreign else "give weights that the training wrote earlier"
    for name, tensor in content.tensors.items():
        content.tensors[name] = _plain(tensor, name, path, remedy)
    return content


def _read_safetensors(path: Path) -> Content:
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = json.loads(header.get("metadata", "{}"))
        if not isinstance(metadata, dict):
            raise ValueError("its metadata is no JSON object")
    except (SafetensorError, OSError, ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise WeightsError(path, f"is a damaged safetensors file ({reason})", AGAIN) from error
    if variant := header.get("variant", ""):
        return Content(variant, tensors, metadata)
    if not (variant := recognize(_shapes(tensors), path)):
        raise no_network_in(path)
    return Content(variant, tensors, is_foreign=True)


def _read_torch_file(path: Path) -> Content:
    try:
        with path.open("rb") as file:  # given a path, PyTorch goes by the name's ending
            state = torch.load(file, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        problem = "holds more than tensors and plain values, or is damaged, and is not read"
        remedy = "give a file with nothing but the state dict, or safetensors"
        raise WeightsError(path, problem, remedy) from error
    except Exception as error:  # PyTorch raises nearly everything for damage of some kind
        raise WeightsError(path, "is cut off or damaged", AGAIN) from error
    own = _checkpoint(state)
    if own is not None:
        return own
    tensors = unwrapped(state)
    if not (variant := recognize(_shapes(tensors), path)):
        raise no_network_in(path)
    return Content(variant, tensors, is_foreign=True)


def _checkpoint(state: object) -> Content | None:
    """The averaged weights of a training's checkpoint; None for other files."""
    if not isinstance(state, Mapping):
        return None
    try:
        variant, step = str(state["identity"]["variant"]), int(state["course"]["step"])
        tensors = dict(state["learner"]["average"])
    except (KeyError, TypeError, IndexError, ValueError):
        return None
    if not all(isinstance(k, str) and isinstance(t, Tensor) for k, t in tensors.items()):
        return None
    return Content(variant, tensors, {"step": step}, is_checkpoint=True)


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def _plain(tensor: Tensor, name: str, path: Path, remedy: str) -> Tensor:
    """A tensor as a network holds it.

    Raises:
        WeightsError: it is of another kind, or not of numbers alone.
    """
    plain = tensor.layout == torch.strided and tensor.device.type == "cpu"
    # One that repeats what is stored could claim any size.
    plain = plain and tensor.numel() * tensor.element_size() <= tensor.untyped_storage().nbytes()
    if not plain or tensor.dtype not in (*_TYPES, *_COUNTS):
        kind = str(tensor.dtype).removeprefix("torch.")
        problem = f"holds tensors of a kind that is not read, such as {name} ({kind})"
        raise WeightsError(path, problem, "give one of plain 16 or 32 bit floating-point numbers")
    if tensor.dtype not in _TYPES:
        return tensor
    tensor = tensor.float()
    if not tensor.isfinite().all():
        problem = f"holds weights that are no numbers (NaN or infinity), such as in {name}"
        raise WeightsError(path, problem, remedy)
    return tensor
