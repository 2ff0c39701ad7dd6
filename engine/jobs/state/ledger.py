"""The ledger: which units are done and which have failed, in files that many processes may add to.

An entry is written beside, brought to the disk and then linked to its name: it is there whole or
not at all, and of several writers of one entry the first one wins, on any file system that has
hard links. Nothing is ever changed in place, so readers need no lock.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict, cast

from kinemacolor.engine.files import create_exclusive
from kinemacolor.engine.jobs.state.schema import SCHEMA, parse_record

MAX_FAILURES = 3  # of a unit, until it is set aside


class Entry(TypedDict, total=False):
    """One entry of the ledger, as it is stored in JSON.

    Attributes:
        schema, at: version of the entry, and when it was written (seconds since 1970).
        step, name, asset: the unit: its step, what people call it, its first asset's source.
        seconds: that the unit took.
        peak_memory: the most bytes of main memory that its process had, from its start on.
        frames: coloured by the unit; stills count as one each.
        made: results that are in their place, with the version of the source each was made from.
        count, shots: of an index: frames of the result, and those of the film that begin a shot.
        part: of an index of an excerpt: start and stop of its frames, and where reading ends.
        problem, traceback: of a failure.
    """

    schema: int
    at: float
    step: str
    name: str
    asset: str
    seconds: float
    peak_memory: int | None
    frames: int
    made: dict[str, str]
    count: int
    shots: list[int]
    part: list[int]
    problem: str
    traceback: str


class Ledger:
    """The ledger of one job.

    Args:
        folder: of the job.
    """

    def __init__(self, folder: Path) -> None:
        self._done = folder / "done"
        self._failed = folder / "failed"

    def add(self, key: str, entry: Entry) -> bool:
        """Record that the unit `key` is done; False where another process has recorded it before.

        Raises:
            OSError: it cannot be written.
        """
        return _create(self._done_path(key), entry)

    def get(self, key: str) -> Entry | None:
        """The entry of the unit `key`; None where it is not done."""
        return _read(self._done_path(key))

    def entries(self) -> Iterator[Entry]:
        """The entries of all units that are done, in no particular order."""
        for path in self._done.glob("*/*.json"):
            entry = _read(path)
            if entry is not None:
                yield entry

    def fail(self, key: str, entry: Entry) -> int:
        """Record a failure of the unit `key`; returns how many it has by now.

        Raises:
            OSError: it cannot be written.
        """
        number = 1
        while not _create(self._failed / f"{key}.{number}.json", entry):
            number += 1
        return number

    def failures(self, key: str) -> list[Entry]:
        """The failures of the unit `key`, oldest first."""
        found: list[Entry] = []
        while entry := _read(self._failed / f"{key}.{len(found) + 1}.json"):
            found.append(entry)
        return found

    def failed(self) -> dict[str, Entry]:
        """The last failure of every unit that failed and has not been done since, by its key."""
        keys = sorted({path.name.split(".")[0] for path in self._failed.glob("*.json")})
        return {key: self.failures(key)[-1] for key in keys if self.get(key) is None}

    def clear_failures(self, key: str) -> None:
        """Remove the failures of the unit `key`, so that it is tried again."""
        for path in self._failed.glob(f"{key}.*.json"):
            path.unlink(missing_ok=True)

    def _done_path(self, key: str) -> Path:
        # Two letters of the key make folders of a few hundred entries in the largest jobs.
        return self._done / key[:2] / f"{key}.json"


def _create(path: Path, entry: Entry) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    return create_exclusive(path, json.dumps({"schema": SCHEMA, "at": time.time(), **entry}))


def _read(path: Path) -> Entry | None:
    """An entry, None where there is none; KinemacolorError where it cannot be read."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    return cast(Entry, parse_record(text, path, "a ledger's entry"))
