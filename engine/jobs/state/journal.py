"""The journal of a unit of stills: a line for each that is in its place, while the rest is made.

A batch of stills has one entry in the ledger, written when all are done. A process that is killed
before leaves this journal, so that no result is without a record. It is added to by one process,
and may end in half a line.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from kinemacolor.engine.jobs.state.schema import SCHEMA, is_number, is_text


@dataclass(frozen=True, slots=True)
class StillMade:
    """A still that is in its place.

    Args:
        asset: the source's path, as the job has it.
        place: absolute path of the result.
        version: of the source that it was made from.
        at: when, in seconds since 1970.
        result: version of the result itself; empty where an older version wrote the line.
        guide: SHA-256 of what a person said of its colours; empty where nothing.
    """

    asset: str
    place: str
    version: str
    at: float
    result: str = ""
    guide: str = ""


class Journal:
    """The journal of a unit of stills.

    Args:
        path: of the file, which need not be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(
        self,
        asset: str,
        place: str,
        version: str,
        result: str = "",
        after: float = 0,
        guide: str = "",
    ) -> None:
        """Record a still that is in its place; lost where there is no room for it.

        A result without a line is known by its own tag.

        Args:
            asset, place, version, result, guide: as `StillMade` has them.
            after: time of the newest record of the job, which this one follows.
        """
        made = StillMade(asset, place, version, now(after), result, guide)
        line = {"schema": SCHEMA, **asdict(made)}
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path, "a", encoding="utf-8") as file:
                # Begins a line even after half of one.
                file.write("\n" + json.dumps(line) + "\n")

    def read(self) -> Iterator[StillMade]:
        """The stills that are in their places; lines that are damaged are passed over."""
        try:
            lines = self._path.read_bytes().splitlines()
        except OSError:
            return
        for line in filter(None, lines):
            with suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
                record = json.loads(line)
                asset, place, version = (record[name] for name in ("asset", "place", "version"))
                at, result = record["at"], record.get("result", "")
                guide = record.get("guide", "")
                if is_number(at) and all(map(is_text, (asset, place, version, result, guide))):
                    yield StillMade(asset, place, version, at, result, guide)

    def remove(self) -> None:
        """Remove the journal, once its unit's entry says the same."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def now(after: float) -> float:
    """The time for a new record, in seconds since 1970: later than any record before it.

    A clock that is set back, or that of another machine, must not make a new result look old.
    """
    return max(time.time(), after + 0.001)
