"""Checkpoint files, written atomically."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import torch

from kinemacolor.models.plain_files import replace_plain
from kinemacolor.trainers.errors import TrainingError


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Writes a checkpoint atomically: beside `path`, synced to disk, then renamed.

    Raises:
        TrainingError: it cannot be written; an earlier checkpoint stays.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        replace_plain(part, path)
    except (OSError, RuntimeError) as error:  # torch tells of a full disk as RuntimeError
        part.unlink(missing_ok=True)
        raise TrainingError(f"{path}: cannot be written ({error})") from error


def read_checkpoint(path: Path, device: torch.device) -> dict[str, Any]:
    """State that `write_checkpoint` wrote, its tensors on `device`.

    Raises:
        TrainingError: it is damaged.
    """
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        reason = str(error).partition("\n")[0]
        raise TrainingError(
            f"{path}: not a readable checkpoint ({reason}); train anew in a new folder"
        ) from error
