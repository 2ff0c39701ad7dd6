"""Attempts: units that this process has begun and not ended, so that a death can be laid to one.

A process may be killed by the unit that it does, or by somebody else; nobody can tell afterwards.
The unit that it had begun is therefore tried again in a process of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from kinemacolor.engine.files import remove
from kinemacolor.engine.jobs.state.schema import SCHEMA, read_record
from kinemacolor.models.errors import KinemacolorError


@dataclass
class LeftBehind:
    """What a process that died has left.

    Args:
        keys: of the units that it had begun.
        places: of these units' results.
    """

    keys: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)


class Attempts:
    """The attempts of one job.

    Args:
        folder: of the job.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "begun"

    @contextmanager
    def attempt(self, key: str, places: Iterable[str]) -> Iterator[None]:
        """A block that does a unit; only a death leaves a record of it.

        Args:
            key: of the unit.
            places: of its results.
        """
        path = self._folder / f"{key}.json"
        with suppress(OSError):  # a full disk: then a death is laid to nobody
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"schema": SCHEMA, "places": list(places)}))
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def left(self) -> LeftBehind:
        """What is left of processes that died; to be asked while no other process works."""
        found = LeftBehind()
        for path in self._paths():
            found.keys.add(path.stem)
            with suppress(KinemacolorError, FileNotFoundError):
                places = read_record(path, "an attempt").get("places")
                found.places.update(map(str, places if isinstance(places, list) else ()))
        return found

    def forget(self) -> None:
        """Remove what is left of processes that died."""
        for path in self._paths():
            remove(path)

    def _paths(self) -> list[Path]:
        with suppress(OSError):
            return list(self._folder.iterdir())
        return []
