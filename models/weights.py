"""Weights as safetensors files that say what they are."""

from __future__ import annotations

import hashlib
import json
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

WEIGHTS_FOLDER = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Loaded:
    """Weights, and the network that they are for.

    Attributes:
        network: builds it, anew at every call: in evaluation mode, float32, on the CPU. Raises
            WeightsError where they do not fit it.
        variant: its name in the catalog.
        digest: SHA-256 of the weights file, hexadecimal.
        metadata: what the file says of itself: recipe, data, scores.
    """

    network: Callable[[], Colorizer]
    variant: str
    digest: str
    metadata: dict[str, Any]


def save(
    network: Colorizer,
    path: Path,
    variant: str,
    *,
    metadata: dict[str, Any] | None = None,
    half: bool = False,
) -> None:
    """Writes weights beside `path` and renames them into place.

    Args:
        network: built from `variant`.
        path: of the safetensors file.
        variant: name in the catalog.
        metadata: JSON-able; recipe, data and scores.
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
    part.replace(path)


def find(model: str) -> Path:
    """The weights file that `model` names: a path, or a variant with weights in this package.

    Raises:
        WeightsError: neither.
    """
    if model in CATALOG:
        path = WEIGHTS_FOLDER / f"{model}.safetensors"
        if not path.is_file():
            raise WeightsError(f"{model}: no weights come with this variant; train it first")
        return path
    path = Path(model)
    if not path.is_file():
        raise WeightsError(
            f"{model}: neither a weights file nor a variant; variants: {', '.join(CATALOG)}"
        )
    return path


def identify(model: str | Path) -> tuple[str, str]:
    """Variant and SHA-256 of the weights that `model` names, without building the network.

    Raises:
        WeightsError: no such file or variant, or a damaged file.
    """
    path = find(str(model))
    try:
        with safe_open(path, framework="pt") as file:
            variant = (file.metadata() or {}).get("variant", "")
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: not a readable safetensors file ({error})") from error
    return variant, hashlib.sha256(path.read_bytes()).hexdigest()


def load(model: str | Path) -> Loaded:
    """Reads the weights that a variant's name or a file stands for.

    Raises:
        WeightsError: no such file or variant, or a damaged file.
    """
    path = find(str(model))
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: not a readable safetensors file ({error})") from error
    name = header.get("variant", "")
    if name not in CATALOG:
        raise WeightsError(f"{path}: made for the unknown variant {name!r}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    metadata = json.loads(header.get("metadata", "{}"))
    return Loaded(partial(_built, name, tensors, path), name, digest, metadata)


def _built(name: str, tensors: Mapping[str, Tensor], path: Path) -> Colorizer:
    network = build(name)
    try:
        network.load_state_dict(
            {k: t.float() if t.dtype == torch.float16 else t for k, t in tensors.items()}
        )
    except RuntimeError as error:
        raise WeightsError(f"{path}: does not fit variant {name!r} ({error})") from error
    return network
