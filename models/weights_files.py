"""Weights files by the names that users give them: found and checked without loading PyTorch."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from kinemacolor.models.catalog import CATALOG, suggest_networks
from kinemacolor.models.errors import PluginError, WeightsError
from kinemacolor.models.foreign_weights import ORIGINS, check_packages, recognize
from kinemacolor.models.plain_files import special_kind
from kinemacolor.models.weights_content import (
    AGAIN,
    check_content,
    is_torch_file,
    missing_file,
    no_network_in,
)

WEIGHTS_FOLDER = Path(__file__).parent / "weights"


def published_file(name: str) -> Path:
    """The file with the trained weights of the network called `name`; it need not exist.

    Raises:
        KeyError: there is no such network.
        PluginError: its plug-in is faulty or refused.
    """
    return CATALOG.weights_of(name) or WEIGHTS_FOLDER / f"{name}.safetensors"


def find(model: str) -> Path:
    """The weights file that `model` names: a path, or a network that comes with weights.

    Raises:
        WeightsError: neither.
        PluginError: the network's plug-in is faulty or refused.
    """
    if model in CATALOG:
        path = published_file(model)
        if not path.is_file():
            remedy = "train it first, and give its weights file; or use kinema"
            if model in ORIGINS:
                remedy = "fetch its authors' file, and give that; docs/other-weights.md says where"
            raise WeightsError(model, "no weights come with this network", remedy)
        return path
    path = Path(model)
    if path.is_dir():
        raise WeightsError(
            path, "is a folder", "give a weights file in it, such as best.safetensors"
        )
    if path.exists() and not path.is_file():
        raise WeightsError(path, f"is {special_kind(path.resolve())}", "give a weights file")
    if not path.is_file():
        raise missing_file(model) or WeightsError(
            model, "is neither a network nor a weights file", suggest_networks(model)
        )
    return path


def weights_digest(model: str) -> str:
    """The SHA-256 of the weights that `model` names, hexadecimal.

    Returns:
        Empty where there are none: who loads them tells why.
    """
    try:
        path = find(model)
    except (WeightsError, PluginError):
        return ""
    return file_digest(path)


def file_digest(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal; one that has not changed since is not read again.

    Raises:
        OSError: it cannot be read.
    """
    status = path.stat()
    return _digest(path, status.st_ino, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=8)
def _digest(path: Path, inode: int, size: int, changed: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checked_file(model: str) -> Path:
    """The weights file that `model` names, of a network that is known; its tensors are not read.

    A file of PyTorch, such as a training's checkpoint, is left to those who load it.

    Raises:
        WeightsError: it names no such file.
        PluginError: the network's plug-in is faulty or refused.
    """
    path = find(model)
    check_content(path)
    variant = variant_in(path)
    if variant and variant not in CATALOG:
        problem = f"made for the unknown network {variant!r}"
        raise WeightsError(path, problem, "install the package that has it, or a newer kinemacolor")
    check_packages(variant, path)
    return path


def variant_in(path: Path) -> str:
    """The network that a safetensors file is for; empty for a file of PyTorch.

    Raises:
        WeightsError: it is damaged, or does not say.
    """
    if is_torch_file(path):
        return ""
    try:
        about, shapes = _header(path)
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(path, "is a damaged safetensors file", AGAIN) from error
    variant = about.get("variant", "") or recognize(shapes, path)
    if not variant:
        raise no_network_in(path)
    return variant


def _header(path: Path) -> tuple[dict[str, str], dict[str, list[int]]]:
    """What a safetensors file says about itself, and the shapes of its tensors by name.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    about = header.pop("__metadata__", None) or {} if isinstance(header, dict) else None
    if not isinstance(about, dict) or not all(isinstance(v, str) for v in about.values()):
        raise ValueError("what it says about itself is no object of texts")
    if not all(isinstance(tensor, dict) for tensor in header.values()):
        raise ValueError("its tensors are no objects")
    return about, {name: tensor.get("shape", []) for name, tensor in header.items()}
