"""JSON of figures, on stdout and in files."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

from kinemacolor.models.errors import SettingsError


def check_folder(path: Path | None) -> None:
    """See that a file can be created later: that its folder exists.

    Raises:
        SettingsError: it does not.
    """
    if path is not None and not path.parent.is_dir():
        raise SettingsError(f"{path}: there is no folder {path.parent}")


def to_json(value: object) -> object:
    """Dictionaries, lists and tuples of plain values as JSON has them: NaN and infinity as null."""
    if isinstance(value, dict):
        return {name: to_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_json(path: Path, value: object) -> None:
    """Write a JSON file, which appears under its name only when it is complete.

    Args:
        path: of the file.
        value: as `to_json` gives it.
    """
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(part, path)
