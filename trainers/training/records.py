"""A run's figures as CSV files, which a resumed run continues without gap or double."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Records:
    """Rows by step. Floats are written so that reading gives the same bits back.

    Args:
        path: of the file.
        step: rows of later steps are cut off: a killed run may have written some after its last
            checkpoint.
    """

    def __init__(self, path: Path, step: int) -> None:
        cut(path, step)
        # Whole lines are handed to the system, so that those who follow the file read whole rows.
        self._file = path.open("a", newline="", buffering=1)

    def append(self, row: Mapping[str, Any]) -> None:
        """Adds a row; all have the same names, of which the first is "step"."""
        writer = csv.DictWriter(self._file, list(row))
        if self._file.tell() == 0:
            writer.writeheader()
        writer.writerow(row)

    def sync(self) -> None:
        """Makes sure that the rows are on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def cut(path: Path, step: int) -> None:
    """Drops the rows of steps after `step`, and a row that a killed run left torn."""
    if not path.is_file():
        return
    with path.open(newline="") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    kept = [row for row in rows if len(row) == len(header) and int(row[0]) <= step]
    if len(kept) == len(rows) and rows:
        return
    part = path.with_name(f".{path.name}.part")
    with part.open("w", newline="") as file:
        csv.writer(file).writerows([header, *kept] if kept else [])
    os.replace(part, path)


def read_records(path: Path) -> dict[str, list[float]]:
    """Columns by name; empty where there is no row."""
    if not path.is_file():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]} if rows else {}


class Follower:
    """Reads the rows that another process appends, from the file's present end on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = path.stat().st_size if path.is_file() else 0

    def rows(self) -> Iterator[dict[str, str]]:
        """Those that are new since the last call."""
        if not self._path.is_file():
            return
        with self._path.open("rb") as file:
            header = file.readline()
            file.seek(max(self._position, len(header)))
            new = file.read()
        new = new[: new.rfind(b"\n") + 1]
        if new:
            self._position = max(self._position, len(header)) + len(new)
            yield from csv.DictReader((header + new).decode().splitlines())
