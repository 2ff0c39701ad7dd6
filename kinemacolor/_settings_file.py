"""Settings from a file: `kinemacolor.toml`, with the names that the command's options have."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

from kinemacolor.engine.files import os_reason
from kinemacolor.engine.settings import Settings, settings_for
from kinemacolor.engine.times import parse_time
from kinemacolor.models.errors import SettingsError

_OWN_KEYS = {"from_time": "from", "to_time": "to", "purpose": "for"}
# Their values are texts that may be numbers.
_TEXT_OR_NUMBER = ("color_every", "preset", "chroma", "bit_depth")
_TIMES = ("from_time", "to_time")
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text in quotes"}


def key_of(field: str) -> str:
    """The name that files and the command give to a field of `Settings`."""
    return _OWN_KEYS.get(field, field.replace("_", "-"))


@dataclass(frozen=True)
class SettingsFile:
    """What a settings file says, checked.

    Args:
        path: of the file.
        purpose: its "for"; empty where it has none.
        values: fields of `Settings`.
        report: its "report", a file's name; empty where it has none.
    """

    path: Path
    purpose: str
    values: dict[str, Any]
    report: str


def settings_from_file(path: str | os.PathLike[str]) -> Settings:
    """Read the settings of a job from a file, as `kinemacolor colorize --config` does.

    `colorize` and the other functions read no such file by themselves. The file's "report" is for
    the command alone.

    Args:
        path: a TOML file; its keys are the names of the command's options without their dashes,
            such as `color-every`.

    Returns:
        The settings: those of the file's "for", if it has one, with the file's other values.

    Raises:
        SettingsError: the file cannot be read, or a key or value is not possible; it names both.

    Example:
        >>> import kinemacolor
        >>> with open("kinemacolor.toml", "w") as file:
        ...     print('for = "archive"', "saturation = 1.2", sep="\\n", file=file)
        >>> settings = kinemacolor.settings_from_file("kinemacolor.toml")
        >>> settings.codec, settings.saturation
        ('ffv1', 1.2)
    """
    found = read_settings_file(Path(path))
    return Settings(**(settings_for(found.purpose) if found.purpose else {}) | found.values)


def read_settings_file(path: Path) -> SettingsFile:
    """Read and check a settings file.

    Raises:
        SettingsError: as `settings_from_file` has it.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(path, f"cannot be read: {os_reason(error)}") from error
    except ValueError as error:
        raise SettingsError(
            path, f"is not TOML: {error}", "use lines such as codec = 'h264'"
        ) from None
    known = {key_of(field): kinds for field, kinds in _kinds().items()}
    values: dict[str, Any] = {}  # by key
    for key, value in table.items():
        if isinstance(value, dict):
            problem = f"[{key}] begins a section, and there are none"
            raise SettingsError(path, problem, "write the settings above, without a heading")
        if key not in known:
            near = get_close_matches(key, known, 1, 0.5)
            remedy = f"did you mean {near[0]}?" if near else f"use {', '.join(known)}"
            raise SettingsError(path, f"{key} is no setting", remedy)
        values[key] = _typed(path, key, value, known[key])
    purpose, report = values.pop("for", ""), values.pop("report", "")
    if Path(report).name != report:
        problem = f"{report!r} is no file name"
        raise SettingsError(f"{path}: report", problem, "give one without a folder")
    if (path.parent / values.get("model", "")).is_file():
        values["model"] = str(path.parent / values["model"])
    fields = {field: values[key_of(field)] for field in _kinds() if key_of(field) in values}
    try:
        Settings(**(settings_for(purpose) if purpose else {}) | fields)
    except SettingsError as error:
        subject = f"{path}: {key_of(error.subject)}"
        raise SettingsError(subject, error.problem, error.remedy) from None
    return SettingsFile(path, purpose, fields, report)


def _kinds() -> dict[str, tuple[type, ...]]:
    """The types that values may have in a file, by field; "purpose" and "report" are others."""
    kinds = {
        name: tuple(kind for kind in get_args(hint) or (hint,) if kind is not NoneType)
        for name, hint in get_type_hints(Settings).items()
    }
    kinds |= dict.fromkeys(_TEXT_OR_NUMBER, (str, int))
    kinds |= dict.fromkeys(_TIMES, (float, str))
    return {"purpose": (str,), **kinds, "report": (str,)}


def _typed(path: Path, key: str, value: object, kinds: tuple[type, ...]) -> object:
    """A value as its field has it.

    Raises:
        SettingsError: it is of another type.
    """
    if type(value) is int and int not in kinds and float in kinds:
        value = float(value)
    if type(value) not in kinds:
        problem = f"{value!r} is not possible"
        remedy = f"use {' or '.join(_WORDS[kind] for kind in kinds)}"
        raise SettingsError(f"{path}: {key}", problem, remedy)
    if key in ("from", "to") and isinstance(value, str):
        try:
            return parse_time(value)
        except ValueError as error:
            raise SettingsError(f"{path}: {key}", str(error)) from None
    return str(value) if set(kinds) == {str, int} else value
