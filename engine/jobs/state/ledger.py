"""What has been done and what has failed, in small files that any number of writers may add to.

An entry is written beside, brought to the disk and then linked to its name: it is there whole or
not at all, and of several writers of one entry the first one wins, on any file system that has
hard links. Nothing is ever changed in place, so readers need no lock.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kinemacolor.engine.files import create_exclusive

Entry = dict[str, Any]
MOST_FAILURES = 3  # of a unit, until it is set aside


class Ledger:
    """The entries below a job's folder, by the keys of its units.

    Args:
        folder: of the job.
    """

    def __init__(self, folder: Path) -> None:
        self._done = folder / "done"
        self._failed = folder / "failed"

    def add(self, key: str, entry: Entry) -> bool:
        """Record that a unit is done; False where somebody has recorded it before.

        Raises:
            OSError: it cannot be written.
        """
        # Two letters of the key make folders of a few hundred entries in the largest jobs.
        return _create(self._done / key[:2] / f"{key}.json", entry)

    def get(self, key: str) -> Entry | None:
        """The entry of a unit, None where it is not done."""
        return _read(self._done / key[:2] / f"{key}.json")

    def entries(self) -> Iterator[Entry]:
        """All entries of units that are done."""
        for path in self._done.glob("*/*.json"):
            entry = _read(path)
            if entry is not None:
                yield entry

    def fail(self, key: str, entry: Entry) -> int:
        """Record that a unit failed; gives how often it has by now.

        Raises:
            OSError: it cannot be written.
        """
        number = 1
        while not _create(self._failed / f"{key}.{number}.json", entry):
            number += 1
        return number

    def failures(self, key: str) -> list[Entry]:
        """How a unit has failed, in the order of its attempts."""
        found: list[Entry] = []
        while entry := _read(self._failed / f"{key}.{len(found) + 1}.json"):
            found.append(entry)
        return found

    def failed(self) -> dict[str, Entry]:
        """The last failure of every unit that failed and has not been done since."""
        keys = sorted({path.name.split(".")[0] for path in self._failed.glob("*.json")})
        return {key: self.failures(key)[-1] for key in keys if self.get(key) is None}

    def clear_failures(self, key: str) -> None:
        """Forget that a unit failed."""
        for path in self._failed.glob(f"{key}.*.json"):
            path.unlink(missing_ok=True)


def _create(path: Path, entry: Entry) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    return create_exclusive(path, json.dumps({"at": time.time(), **entry}))


def _read(path: Path) -> Entry | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
