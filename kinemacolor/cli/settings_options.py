"""Commands get the options of a job's `Settings`."""

from __future__ import annotations

from typing import Any

from kinemacolor._settings_file import key_of
from kinemacolor.cli.options import Command, expand_parameter
from kinemacolor.cli.settings_list import OPTIONS
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError


def with_settings(command: Command) -> Command:
    """Give a command the options of `Settings` in place of its parameter `settings`.

    With them come --for and --config, which set defaults of the others (`cli.job_defaults`).
    """
    return expand_parameter(command, "settings", OPTIONS, _settings)


def _settings(*, purpose: str | None, settings_file: str | None, **given: Any) -> Settings:
    """What the options ask for; --for and --config are in the others' values."""
    return make_settings(**given)


def make_settings(**given: Any) -> Settings:
    """Settings whose errors name options, not fields.

    Raises:
        SettingsError: a value is outside its range.
    """
    try:
        return Settings(**given)
    except SettingsError as error:
        raise SettingsError(f"--{key_of(error.subject)}", error.problem, error.remedy) from None
