"""A job's status, read from its folder alone; nothing is written."""

from __future__ import annotations

import time
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinemacolor.engine.jobs.formatting import format_duration
from kinemacolor.engine.jobs.planning.assets import is_kept
from kinemacolor.engine.jobs.planning.units import Step, place_of
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.jobs.state.lock import holder, is_alive
from kinemacolor.engine.jobs.state.schema import CLEAN
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.models.errors import KinemacolorError


@dataclass(frozen=True)
class Status:
    """How far a job is.

    Args:
        job, out: its folder, whose name is the job's, and where its results go.
        files, files_done: of the whole job.
        frames, frames_done: of the last run, with what it found done of its films.
        units: done in all runs.
        fps: frames a second of the last run; None before its first unit is done.
        seconds_left: None where no process works on the job, or nothing tells.
        worked_on_by: the process that works on it; empty where none does.
        failures: name and problem of units that failed.
    """

    job: str
    out: str
    files: int
    files_done: int
    frames: int
    frames_done: int
    units: int
    fps: float | None
    seconds_left: float | None
    worked_on_by: str
    failures: tuple[tuple[str, str], ...]

    def lines(self) -> list[str]:
        """The status for a person."""
        share = f" ({self.frames_done / self.frames:.0%})" if self.frames else ""
        rate = f", {self.fps:.1f} a second" if self.fps else ""
        left = self.seconds_left
        lines = [
            f"{Path(self.job).absolute().name}: {self.files_done:,} of {self.files:,} files done",
            f"  results: {self.out}",
            f"  last run: {self.frames_done:,} of {self.frames:,} frames{share}{rate}"
            + (f", {format_duration(left)} left" if left is not None else ""),
            f"  {self._activity}",
        ]
        return lines + [f"  failed: {name}: {problem}" for name, problem in self.failures]

    @property
    def _activity(self) -> str:
        if self.worked_on_by:
            return f"worked on by {self.worked_on_by}; a film counts as its segments are done"
        return "finished" if self.files_done == self.files else "nobody works on it"


def status_of(folder: JobFolder) -> Status:
    """The status of the job in `folder`.

    Raises:
        KinemacolorError: its records cannot be read, or are of another version.
    """
    try:
        return _status_of(folder)
    except (KeyError, TypeError) as error:
        raise KinemacolorError(folder.path, "has records that cannot be read", CLEAN) from error


def _status_of(folder: JobFolder) -> Status:
    record = folder.record
    if record is None:
        raise KinemacolorError(folder.path, "has no job")
    plan = folder.read_plan()
    began = folder.plan.stat().st_mtime if plan else time.time()
    entries = list(folder.ledger.entries())
    pending: dict[str, int] = {
        place_of(line["asset"]): line["frames"] for line in plan if not line["skipped"]
    }
    places = [(entry, place_of(entry["asset"])) for entry in entries]
    for entry, place in places:  # what was planned was less exact
        if place in pending and entry["step"] == Step.INDEX:
            pending[place] = entry["count"]
        elif place in pending and entry["step"] == Step.ARCHIVE:
            pending[place] = entry["frames"]
    frames = [
        (entry, entry.get("frames", 0))
        for entry, place in places
        if entry["at"] >= began or (entry["step"] == Step.SEGMENT and place in pending)
    ]
    fresh = sum(count for entry, count in frames if entry["at"] >= began)
    colored = [entry for entry, count in frames if entry["at"] >= began and count]
    # Loading and reading for shots are no colouring; what is under way is not counted yet.
    first = min((entry["at"] - entry.get("seconds", 0) for entry in colored), default=began)
    done, total = sum(count for _, count in frames), sum(pending.values())
    held = holder(folder.lock)
    alive = held is not None and is_alive(folder.lock, held, time.time())
    until = time.time() if alive else max((e["at"] for e in entries), default=began)
    fps = fresh / (until - first) if fresh and until > first else None
    made = {place_of(target) for entry in entries for target in entry.get("made", ())}
    return Status(
        job=str(folder.path),
        out=record.out,
        files=len(plan),
        files_done=sum(_is_done(line, made) for line in plan),
        frames=total,
        frames_done=done,
        units=len(entries),
        fps=fps,
        seconds_left=max(0, total - done) / fps if alive and fps and fresh > total / 50 else None,
        worked_on_by=f"process {held['pid']} on {held['host']}" if alive and held else "",
        failures=tuple((e["name"], e["problem"]) for e in folder.ledger.failed().values()),
    )


def _is_done(line: Mapping[str, Any], made: Container[str]) -> bool:
    """Whether an asset of the plan is settled: made, there already, left out, or copied."""
    if is_kept(line) or place_of(line["target"]) in made:
        return True
    copied = line["kind"] == Kind.OTHER and not line["problem"]
    return copied and (bool(line["skipped"]) or Path(line["target"]).is_file())
