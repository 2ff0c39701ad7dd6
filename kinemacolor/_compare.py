"""Settings that differ in some values, for a comparison side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, get_args, get_type_hints

from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError

MOST = 8  # columns, which a page still holds
_TRUTHS = {"true": True, "false": False}
_REMEDIES: dict[type, str] = {int: "use a whole number", bool: "use true or false"}
COMPARABLE = (
    "model",
    "saturation",
    "working_size",
    "color_every",
    "smoothing_window",
    "smoothing_strength",
    "color_memory",
    "device",
    "backend",
    "precision",
)


def ways_of(
    settings: Settings, compare: Mapping[str, Sequence[object]] | None
) -> list[tuple[str, Settings]]:
    """What stands over each column, and its settings; one column where nothing is compared.

    Args:
        settings: that all have in common.
        compare: values by the name of a setting, spelt as the field or as the option; with several
            settings every combination is a column.

    Raises:
        SettingsError: no such setting, one that does not change the colours, a value outside its
            range, or too many columns.
    """
    if not compare:
        return [("after", settings)]
    fields = {_field(name): values for name, values in compare.items()}
    columns = []
    for values in product(*fields.values()):
        chosen: dict[str, Any] = {
            field: _value(field, value) for field, value in zip(fields, values, strict=True)
        }
        heading = ", ".join(_said(field, value) for field, value in chosen.items())
        columns.append((heading, replace(settings, **chosen)))
    if not 1 <= len(columns) <= MOST:
        raise SettingsError("--compare", f"makes {len(columns)} columns", f"use 1 to {MOST}")
    return columns


def common_settings(
    settings: Settings, compare: Mapping[str, Sequence[object]] | None
) -> list[str]:
    """What all columns have in common, in words: the network, and what is not as by default."""
    compared = {name.replace("-", "_") for name in compare or ()}
    said = []
    for field in COMPARABLE:
        value = getattr(settings, field)
        if field not in compared and (field == "model" or value != getattr(Settings(), field)):
            said.append(_said(field, value))
    return said


def parse_comparison(texts: Sequence[str]) -> dict[str, list[str]]:
    """Comparisons on the command line, such as "saturation=0.8,1", as `ways_of` takes them.

    Raises:
        SettingsError: not of this form, or a setting twice.
    """
    compare: dict[str, list[str]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        some = [value.strip() for value in values.split(",")]
        name = name.strip().removeprefix("--").replace("-", "_")
        if not equals or not all(some):
            remedy = "use NAME=VALUE,VALUE, such as saturation=0.8,1.3"
            raise SettingsError("--compare", f"{text!r} is not possible", remedy)
        if name in compare:
            raise SettingsError("--compare", f"{name} is given twice", "put its values into one")
        compare[name] = some
    return compare


def _field(name: str) -> str:
    field = name.replace("-", "_")
    if field not in COMPARABLE:
        known = field in Settings.__dataclass_fields__
        problem = f"{name} does not change the colours" if known else f"there is no setting {name}"
        names = ", ".join(_option(name) for name in COMPARABLE)
        raise SettingsError("--compare", problem, f"use one of {names}")
    return field


def _value(field: str, value: object) -> object:
    """A value as the setting has it; text is read as the command line reads it."""
    kind = get_type_hints(Settings)[field]
    kind = next((k for k in get_args(kind) if k is not type(None)), kind)
    try:
        return _TRUTHS[str(value).lower()] if kind is bool else kind(value)
    except (TypeError, ValueError, KeyError):
        remedy = _REMEDIES.get(kind, "use a number")
        raise SettingsError(f"--{_option(field)}", f"{value!r} is not possible", remedy) from None


def _said(field: str, value: object) -> str:
    if field == "model":
        return Path(str(value)).name
    if isinstance(value, bool):
        return f"{_option(field)} {str(value).lower()}"
    return (
        f"{_option(field)} {value:g}" if isinstance(value, float) else f"{_option(field)} {value}"
    )


def _option(field: str) -> str:
    return field.replace("_", "-")
