"""A job's log: every event as a line of JSON, on the disk as soon as it has happened."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from kinemacolor.engine.jobs.reporting.events import JsonEvent


class EventLog:
    """A job's log; what its disk has no room for is left out.

    Args:
        path: of the file, which is added to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None  # kept open: a job of stills has very many events

    def add(self, event: JsonEvent) -> None:
        """Add an event, with the time."""
        line = json.dumps({"at": round(time.time(), 3), **event}) + "\n"
        try:
            if self._file is None:
                self._file = open(self.path, "a", encoding="utf-8")  # noqa: SIM115
            self._file.write(line)
            self._file.flush()
        except OSError:
            self.close()

    def close(self) -> None:
        """Close the file; the next event opens it again."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None
