"""The files of a job's report: one format for each suffix, all written whole or not at all.

What is there and is no regular file, such as a pipe, gets the content and stays.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from kinemacolor.engine.files import write_through
from kinemacolor.engine.jobs.reporting.csv_report import write_csv
from kinemacolor.engine.jobs.reporting.events import JsonEvent, Outcome
from kinemacolor.engine.jobs.reporting.job_facts import JobFacts

_BOM = "utf-8-sig"  # without the mark Excel takes UTF-8 for the machine's old code page


def write_report(
    path: Path, facts: JobFacts, outcomes: Sequence[Outcome], events: Sequence[JsonEvent]
) -> None:
    """Write a report; its folder is made where it is missing.

    Args:
        path: of the file, whose suffix is one of `REPORT_SUFFIXES`.
        facts: of the job as a whole.
        outcomes: what became of every file and member.
        events: of the whole job.

    Raises:
        OSError: it cannot be written.
    """
    suffix = path.suffix.lower()
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_through(path) as part, _open(part, _BOM if suffix == ".csv" else "utf-8") as file:
        if suffix == ".csv":
            write_csv(file, facts, outcomes)
        elif suffix == ".html":
            from kinemacolor.engine.jobs.reporting.html_report import write_html  # loads OpenCV

            write_html(file, facts, outcomes)
        else:
            file.write(json.dumps(events, indent=1) + "\n")


def _open(path: Path, encoding: str) -> TextIO:
    # A file's name may hold bytes that are no text.
    return open(path, "x", encoding=encoding, errors="backslashreplace", newline="")
