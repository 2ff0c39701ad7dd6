"""The weights file that a model's name stands for, and its identity; torch is not loaded for it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from kinemacolor.models.catalog import CATALOG
from kinemacolor.models.errors import PluginError

WEIGHTS_FOLDER = Path(__file__).parent / "weights"


def weights_digest(model: str) -> str:
    """The SHA-256 of the weights that `model` names, hexadecimal.

    Args:
        model: a name in the catalog, or a weights file.

    Returns:
        Empty where there are none: who loads them tells why.
    """
    path = WEIGHTS_FOLDER / f"{model}.safetensors"  # for one of this package's networks
    if not model.isidentifier() or not path.is_file():
        path = Path(model)
    if not path.is_file():
        try:  # a network of another package
            path = CATALOG[model].weights or path
        except (KeyError, PluginError):
            return ""
        if not path.is_file():
            return ""
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=8)
def _digest(path: Path, size: int, changed: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
