"""The model that a job names: its weights and its network, with errors that users understand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import SettingsError
from models.weights import WeightsError


@contextmanager
def named_by_user() -> Iterator[None]:
    """What is wrong with weights becomes a complaint about `--model`."""
    try:
        yield
    except WeightsError as error:
        raise SettingsError("--model", str(error)) from error
