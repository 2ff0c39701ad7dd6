"""The ledger: which units are done and which have failed, in files that many processes may add to.

An entry is written beside, brought to the disk and linked to its name: it is there whole or not at
all. Of several writers of a failure, or of an entry without results, the first wins, on any file
system that has hard links. Readers need no lock; a damaged entry counts as not written.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from kinemacolor.engine.files import atomic_write, create_exclusive, os_reason, remove
from kinemacolor.engine.jobs.state.entry import Entry, is_entry, results_by
from kinemacolor.engine.jobs.state.journal import Journal, StillMade
from kinemacolor.engine.jobs.state.schema import SCHEMA, DamagedRecord, read_record

MAX_FAILURES = 3  # of a unit, until it is set aside


class Ledger:
    """The ledger of one job.

    Args:
        folder: of the job.
    """

    def __init__(self, folder: Path) -> None:
        self._done = folder / "done"
        self._failed = folder / "failed"
        self._journals = folder / "stills"

    def add(self, key: str, entry: Entry) -> bool:
        """Record that the unit `key` is done; False where that has been recorded before.

        An entry of results is brought up to date: what it says of others of the unit stays, so
        that a still which failed at first is added to those that did not.

        Raises:
            OSError: it cannot be written.
        """
        path, made = self._done_path(key), entry.get("made")
        if not _create(path, entry):
            there = self.get(key)
            if there is not None and made is None:
                return False
            if there is not None and made is not None:
                made = {**there.get("made", {}), **made}
                results = {**there.get("results", {}), **entry.get("results", {})}
                guides = {
                    place: guide
                    for place, guide in there.get("guides", {}).items()
                    if place not in entry["made"]
                }
                entry = {**entry, "made": made, "results": results}
                if guides := guides | entry.get("guides", {}):
                    entry["guides"] = guides
                if "frames" in entry:
                    entry["frames"] = max(len(made), entry["frames"])
            if path.is_dir():
                remove(path)
            with atomic_write(path) as part:
                part.write_text(_text(entry), encoding="utf-8")
        self.journal(key).remove()
        return True

    def get(self, key: str) -> Entry | None:
        """The entry of the unit `key`; None where it is not done, or its entry is damaged."""
        return _read(self._done_path(key))

    def journal(self, key: str) -> Journal:
        """The journal of the unit `key`, which is one of stills."""
        return Journal(self._journals / f"{key}.jsonl")

    def entries(self) -> Iterator[Entry]:
        """The entries of all units that are done, in no particular order.

        Of a unit of stills that was not finished, the entry tells those that were.

        Raises:
            DamagedRecord: the folder of the entries cannot be read.
        """
        for path in self._paths():
            entry = _read(path)
            if entry is not None:
                yield entry
        for path in _listed(self._journals, ".jsonl"):
            if stills := list(Journal(path).read()):
                yield _entry_of(stills)

    @property
    def newest(self) -> float:
        """The time of its newest entry, in seconds since 1970; 0 where there is none.

        Raises:
            DamagedRecord: the folder of the entries cannot be read.
        """
        return max((entry["at"] for entry in self.entries()), default=0.0)

    @property
    def has_work(self) -> bool:
        """Whether something was coloured by a unit: an index serves any settings.

        Raises:
            DamagedRecord: the folder of the entries cannot be read.
        """
        return any(entry.get("made") or entry.get("frames") for entry in self.entries())

    def results(self) -> dict[str, str]:
        """The versions of all results that the job has made, as they were left; the last counts.

        Where it is not told, it is "".

        Raises:
            DamagedRecord: the folder of the entries cannot be read.
        """
        return results_by(self.entries())

    def forget(self, key: str) -> None:
        """Remove the entry of the unit `key`, which is not true."""
        remove(self._done_path(key))

    def forget_like(self, beginning: str) -> None:
        """Remove the entries of units whose key begins so: no result depends on them any more."""
        for path in _listed(self._done / beginning[:2], ".json"):
            if path.name.startswith(beginning):
                remove(path)

    def damaged(self) -> Iterator[DamagedRecord]:
        """The entries that cannot be read, and their folders."""
        for list_paths in (self._paths, self._failed_paths):
            try:
                for path in list_paths():
                    try:
                        _read_whole(path)
                    except DamagedRecord as error:
                        yield error
            except DamagedRecord as error:
                yield error

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
        """The failures of the unit `key`, oldest first; those whose entry is damaged are not."""
        found: list[Entry] = []
        number = 1
        while os.path.lexists(path := self._failed / f"{key}.{number}.json"):
            if (entry := _read(path)) is not None:
                found.append(entry)
            number += 1
        return found

    def failed(self) -> dict[str, Entry]:
        """The last failure of every unit that failed and has not been done since, by its key.

        Raises:
            DamagedRecord: the folder of the failures cannot be read.
        """
        keys = sorted({path.name.split(".")[0] for path in self._failed_paths()})
        found = {key: self.failures(key) for key in keys if self.get(key) is None}
        return {key: failures[-1] for key, failures in found.items() if failures}

    def clear_failures(self, key: str) -> None:
        """Remove the failures of the unit `key`, so that it is tried again."""
        for path in self._failed_paths():
            if path.name.startswith(f"{key}."):
                remove(path)

    def _done_path(self, key: str) -> Path:
        # Two letters of the key make folders of a few hundred entries in the largest jobs.
        return self._done / key[:2] / f"{key}.json"

    def _paths(self) -> Iterator[Path]:
        for folder in _listed(self._done, ""):
            yield from _listed(folder, ".json")

    def _failed_paths(self) -> list[Path]:
        return _listed(self._failed, ".json")


def _create(path: Path, entry: Entry) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    return create_exclusive(path, _text(entry))


def _text(entry: Entry) -> str:
    return json.dumps({"schema": SCHEMA, "at": time.time(), **entry})


def _read(path: Path) -> Entry | None:
    """An entry, None where there is none, or where it is damaged."""
    try:
        return _read_whole(path)
    except (FileNotFoundError, DamagedRecord):
        return None


def _read_whole(path: Path) -> Entry:
    record = read_record(path, "an entry of the ledger")
    if not is_entry(record):
        raise DamagedRecord(path, "is damaged: it is not an entry of the ledger")
    return cast(Entry, record)


def _listed(folder: Path, suffix: str) -> list[Path]:
    """What a folder holds under names of a kind; nothing where it is not there."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DamagedRecord(folder, f"cannot be read: {os_reason(error)}") from error
    return [folder / name for name in names if name.endswith(suffix) and name[0] != "."]


def _entry_of(stills: Iterable[StillMade]) -> Entry:
    first, *_ = found = list(stills)
    return {
        "at": max(still.at for still in found),
        "step": "stills",
        "name": f"{len(found)} stills from {first.asset}",
        "asset": first.asset,
        "frames": len(found),
        "made": {still.place: still.version for still in found},
        "results": {still.place: still.result for still in found},
        "guides": {still.place: still.guide for still in found if still.guide},
    }
