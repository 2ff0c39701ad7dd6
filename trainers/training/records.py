"""CSV records of a run, which a resumed run continues without gaps or duplicates."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kinemacolor.models.plain_files import replace_plain


class Records:
    """CSV file of one row per step; floats survive the round trip bit for bit.

    Args:
        path: the CSV file.
        step: last step to keep: a killed run may have written rows after its last checkpoint.
    """

    def __init__(self, path: Path, step: int) -> None:
        cut(path, step)
        # Whole lines are handed to the system, so that those who follow the file read whole rows.
        self._file = path.open("a", newline="", buffering=1)

    def append(self, row: Mapping[str, Any]) -> None:
        """Appends a row; all rows have the same keys, the first of them "step"."""
        writer = csv.DictWriter(self._file, list(row))
        if self._file.tell() == 0:
            writer.writeheader()
        writer.writerow(row)

    def sync(self) -> None:
        """Flushes the rows to disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def cut(path: Path, step: int) -> None:
    """Truncates a CSV file after `step`; drops an incomplete last row."""
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
    replace_plain(part, path)


def read_records(path: Path) -> dict[str, list[float]]:
    """Columns by name; empty where there are no rows."""
    if not path.is_file():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]} if rows else {}


class Follower:
    """Reader of the rows that another process appends, from the file's present end on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = path.stat().st_size if path.is_file() else 0

    def rows(self) -> Iterator[dict[str, str]]:
        """Rows appended since the last call."""
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
