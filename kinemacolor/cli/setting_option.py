"""One option of the command for one field of `Settings`."""

from __future__ import annotations

from inspect import Parameter
from typing import Any

from kinemacolor._settings_file import key_of
from kinemacolor.cli.options import option
from kinemacolor.engine.settings import RANGES, Settings

DEFAULTS = Settings()


def setting(name: str, kind: Any, panel: str, text: str, **more: Any) -> Parameter:
    """The option of a field, with its default.

    Args:
        name: of the field.
        kind: the type of its value.
        panel: of the help, under which it stands.
        text: its help; RANGE in it becomes the field's.
        more: of `option`.
    """
    if name in RANGES:
        low, high = RANGES[name]
        text = text.replace("RANGE", f"{low} to {high}")
    default = getattr(DEFAULTS, name)
    return option(name, kind, default, text, f"--{key_of(name)}", rich_help_panel=panel, **more)
