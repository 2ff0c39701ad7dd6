"""Recorders of the events and warnings of a process that works for another."""

from __future__ import annotations

import logging
import socket
from typing import NamedTuple

from kinemacolor.engine.jobs.reporting.events import Outcome, Started


class Warned(NamedTuple):
    """A warning that was logged in a process that works for another."""

    logger: str
    level: int
    text: str


class EventRecorder:
    """An `EventSink` that keeps events until they are sent home.

    Args:
        digests: whether anybody will read hashes.
    """

    def __init__(self, digests: bool) -> None:
        self.digests = digests
        self.events: list[Started | Outcome] = []

    def add(self, event: Started | Outcome) -> None:
        """Keep an event."""
        self.events.append(event)


class WarningRecorder(logging.Handler):
    """A log handler that keeps warnings until they are sent home."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.warnings: list[Warned] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{self.format(record)} (on {socket.gethostname()})"
        self.warnings.append(Warned(record.name, record.levelno, text))
