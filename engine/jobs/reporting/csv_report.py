"""A job's report as a table for spreadsheets: a row for each file and each archive member."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TextIO

from kinemacolor.engine.jobs.reporting.events import STAGES, Outcome
from kinemacolor.engine.jobs.reporting.job_facts import JobFacts

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Cell = str | int | float | None

_COLUMNS = (
    *("status", "source", "member", "target", "kind", "frames", "missing", "seconds"),
    *(f"{stage}_seconds" for stage in STAGES),
    *("fps", "bytes_in", "bytes_out", "sha256_in", "sha256_out"),
    *("lightness_error_mean", "lightness_error_max", "peak_memory", "reason", "notes"),
    *("guide", "guided_shots"),
    *("job_started", "job_ended", "job_seconds", "host", "processor", "gpu", "cores", "memory"),
    *("system", "versions", "settings"),
)


def write_csv(file: TextIO, facts: JobFacts, outcomes: Sequence[Outcome]) -> None:
    """Write the table (RFC 4180): file by file, the job's own facts repeated in every row.

    A text that a spreadsheet would take for a formula gets an apostrophe before it, as one types it
    to have it taken as text: names of files are not to be trusted.

    Args:
        file: opened without translation of line ends.
        facts: of the job as a whole.
        outcomes: a row each.
    """
    job = _job(facts)
    writer = csv.writer(file)
    writer.writerow(_COLUMNS)
    for outcome in outcomes:
        row = _row(outcome) | job
        writer.writerow([_defused(row[column]) for column in _COLUMNS])


def _row(outcome: Outcome) -> dict[str, Cell]:
    return {
        "status": str(outcome.state),
        "source": outcome.asset,
        "member": outcome.member,
        "target": outcome.target,
        "kind": str(outcome.kind),
        "frames": outcome.frames or None,
        "missing": outcome.missing or None,
        "seconds": outcome.seconds,
        **{f"{stage}_seconds": outcome.stages.get(stage) for stage in STAGES},
        "fps": outcome.fps,
        "bytes_in": outcome.bytes_in,
        "bytes_out": outcome.bytes_out,
        "sha256_in": outcome.sha256_in,
        "sha256_out": outcome.sha256_out,
        "lightness_error_mean": _rounded(outcome.lightness_error_mean),
        "lightness_error_max": _rounded(outcome.lightness_error_max),
        "peak_memory": outcome.peak_memory,
        "reason": outcome.reason,
        "notes": "; ".join(outcome.notes),
        "guide": outcome.guide,
        "guided_shots": " | ".join(shot.text() for shot in outcome.shots),
    }


def _job(facts: JobFacts) -> dict[str, Cell]:
    machine = facts.machine
    return {
        "job_started": facts.started_at.isoformat(timespec="seconds"),
        "job_ended": facts.ended_at.isoformat(timespec="seconds"),
        "job_seconds": facts.seconds,
        "host": machine.get("host"),
        "processor": machine.get("processor"),
        "gpu": machine.get("gpu"),
        "cores": machine.get("cores"),
        "memory": machine.get("memory"),
        "system": machine.get("system"),
        "versions": " ".join(f"{name}={number}" for name, number in facts.versions.items()),
        "settings": " ".join(
            f"{name}={value}" for name, value in sorted(facts.changed_settings.items())
        ),
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def _defused(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA):
        return "'" + cell
    return cell
