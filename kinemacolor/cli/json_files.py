"""JSON of figures, on stdout and in files."""

from __future__ import annotations

import json
import math
from pathlib import Path

from kinemacolor.engine.files import write_through
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.plain_files import is_dangling, special_kind


def check_folder(path: Path | None, *, plain: bool = False) -> None:
    """See that a file can be written later: that its folder exists, and it is no folder itself.

    Args:
        path: of the file; None is none.
        plain: devices, pipes and links cannot be written.

    Raises:
        SettingsError: it cannot.
    """
    if path is not None and not path.parent.is_dir():
        raise SettingsError(f"{path}: there is no folder {path.parent}")
    if path is not None and (path.is_dir() or is_dangling(path) or (plain and special_kind(path))):
        kind = "a link to nothing" if is_dangling(path) else special_kind(path)
        raise SettingsError(path, f"is {kind}", "name a file")


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
        path: of the file; a device or a pipe gets the content.
        value: as `to_json` gives it.

    Raises:
        OSError: it cannot be written.
    """
    with write_through(path) as part:
        part.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")
