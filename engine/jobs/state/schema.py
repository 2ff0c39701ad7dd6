"""Schema versions of the JSON records that a job keeps on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kinemacolor.models.errors import KinemacolorError

SCHEMA = 1  # of job.json, of every line of plan.jsonl, of every ledger entry
CLEAN = "`kinemacolor clean` removes the records and leaves the results"


def parse_record(text: str | bytes, path: Path, what: str) -> dict[str, Any]:
    """The JSON object in `text`, whose "schema" this version reads; 0 stands for a missing one.

    Records of the first release have no schema version.

    Args:
        text: one JSON object; bytes are UTF-8.
        path: the file it is from, for the error.
        what: what the file should be, such as "a job's record".

    Raises:
        KinemacolorError: it is no JSON object, or its schema is newer than `SCHEMA`.
    """
    try:
        record = json.loads(text)
        version = int(record.setdefault("schema", 0))
    except (ValueError, TypeError, AttributeError) as error:
        raise KinemacolorError(path, f"is not {what}", CLEAN) from error
    if version > SCHEMA:
        problem = f"is of a newer Kinemacolor (schema {version}; this one reads up to {SCHEMA})"
        raise KinemacolorError(path, problem, "go on with that version")
    assert isinstance(record, dict)  # nothing else has setdefault
    return record
