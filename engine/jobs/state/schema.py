"""Schema versions of the JSON records that a job keeps on disk, and records that are damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from kinemacolor.engine.files import os_reason
from kinemacolor.models.errors import KinemacolorError

SCHEMA = 1  # of job.json, of every line of plan.jsonl, of every ledger entry
_LARGEST = 2**53  # beyond which a float is no exact number
CLEAN = "`kinemacolor clean` removes the records and leaves the results"


class DamagedRecord(KinemacolorError):
    """A record that is there, and cannot be read or is not what it should be.

    It counts as if it were not there, and is told: nothing is removed because of it.
    """


def is_number(value: object) -> bool:
    """Whether a record's value is a number that may be a time or a duration."""
    return type(value) in (int, float) and 0 <= cast(float, value) < _LARGEST


def is_count(value: object) -> bool:
    """Whether a record's value may be a count of something."""
    return type(value) is int and 0 <= value < _LARGEST


def is_text(value: object) -> bool:
    """Whether a record's value is a text, which may be a path."""
    return isinstance(value, str) and "\0" not in value


def read_record(path: Path, what: str) -> dict[str, Any]:
    """The one JSON object in a file; see `parse_record`.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedRecord: it cannot be read, or is no JSON object.
        KinemacolorError: it is of a newer schema.
    """
    return parse_record(read_bytes(path), path, what)


def read_bytes(path: Path) -> bytes:
    """The content of a record.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedRecord: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except IsADirectoryError as error:
        raise DamagedRecord(path, "is damaged: it is a folder") from error
    except OSError as error:
        raise DamagedRecord(path, f"cannot be read: {os_reason(error)}") from error


def parse_record(text: str | bytes, path: Path, what: str) -> dict[str, Any]:
    """The JSON object in `text`, whose "schema" this version reads; 0 stands for a missing one.

    Records of the first release have no schema version.

    Args:
        text: one JSON object; bytes are UTF-8.
        path: the file it is from, for the error.
        what: what the file should be, such as "a job's record".

    Raises:
        DamagedRecord: it is no JSON object.
        KinemacolorError: its schema is newer than `SCHEMA`.
    """
    try:
        record = json.loads(text)
        version = int(record.setdefault("schema", 0))
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise DamagedRecord(path, f"is damaged: it is not {what}") from error
    if version > SCHEMA:
        problem = f"is of a newer Kinemacolor (schema {version}; this one reads up to {SCHEMA})"
        raise KinemacolorError(path, problem, "go on with that version")
    assert isinstance(record, dict)  # nothing else has setdefault
    return record
