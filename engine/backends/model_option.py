"""Errors of weights, told as what is wrong with the option that named them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kinemacolor.models.errors import SettingsError, WeightsError


@contextmanager
def weights_errors_as_settings_errors() -> Iterator[None]:
    """A WeightsError within becomes a SettingsError about `--model`."""
    try:
        yield
    except WeightsError as error:
        raise SettingsError("--model", str(error)) from error
