"""The plan of a job's last run on disk, plan.jsonl: an asset a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.jobs.state.schema import (
    SCHEMA,
    DamagedRecord,
    is_count,
    is_number,
    is_text,
    parse_record,
    read_bytes,
)


def read_plan(path: Path) -> list[dict[str, Any]]:
    """The lines of a plan; empty where there is none.

    Raises:
        DamagedRecord: it cannot be read, or is no plan.
        KinemacolorError: it is of another version.
    """
    try:
        lines = read_bytes(path).splitlines()
    except FileNotFoundError:
        return []
    plan = [parse_record(line, path, "a job's plan") for line in lines]
    if not plan or not all(map(_is_line, plan)):
        raise DamagedRecord(path, "is damaged: it is not a job's plan")
    return plan


def write_plan(path: Path, lines: Iterable[Mapping[str, Any]], at: float) -> None:
    """Store a plan; it appears whole.

    Args:
        path: of the file.
        lines: an asset each.
        at: when the run began, in seconds since 1970, by the clock of the ledger's entries.

    Raises:
        OSError: it cannot be written.
    """
    own = {"schema": SCHEMA, "at": at}
    with atomic_write(path) as part, open(part, "w", encoding="utf-8") as file:
        file.writelines(json.dumps({**own, **line}) + "\n" for line in lines)


def _is_line(line: Mapping[str, Any]) -> bool:
    """Whether a line has what its readers rely on; the first release did not state `kept`."""
    texts = ("asset", "target", "kind", "problem", "skipped")
    told = all(is_text(line.get(name)) for name in texts)
    kept = line["schema"] == 0 or isinstance(line.get("kept"), bool)
    return told and kept and is_count(line.get("frames")) and is_number(line.get("at", 0))
