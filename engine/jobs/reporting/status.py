"""A job's status, read from its folder alone; nothing is written."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinemacolor.engine.jobs.formatting import format_duration
from kinemacolor.engine.jobs.planning.as_left import has_size_left
from kinemacolor.engine.jobs.planning.assets import is_kept
from kinemacolor.engine.jobs.planning.units import Step, place_of
from kinemacolor.engine.jobs.reporting.guided_shots import GuidedShot
from kinemacolor.engine.jobs.reporting.next_run import NextRun, may_differ
from kinemacolor.engine.jobs.state.entry import Entry, results_by
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.jobs.state.holder import Holder, holder
from kinemacolor.engine.jobs.state.lock import is_alive
from kinemacolor.engine.jobs.state.schema import DamagedRecord
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.models.errors import KinemacolorError

LISTED = 10  # lines, at most, on the next run


@dataclass(frozen=True)
class Status:
    """How far a job is.

    Args:
        job, out: its folder, whose name is the job's, and where its results go.
        files, files_done: of the whole job; None for `files` where the plan cannot be read, or was
            not written yet. With damaged records there may be more that are done. What the next run
            would make again is not done, and what it would keep is.
        frames, frames_done: of the last run, with what it found done of its films.
        units: done in all runs.
        fps: frames a second of the last run; None before its first unit is done.
        seconds_left: None where no process works on the job, or nothing tells.
        worked_on_by: the process that works on it; empty where none does.
        failures: name and problem of units that failed.
        damaged: records that cannot be read, a line each.
        guided: results of whose shots a person has said something: "asset", and "shots" as
            `GuidedShot.record` has them.
        again: results that the next run would make again, or refuse: name and reason; with an empty
            name why it would not begin.
    """

    job: str
    out: str
    files: int | None
    files_done: int
    frames: int
    frames_done: int
    units: int
    fps: float | None
    seconds_left: float | None
    worked_on_by: str
    failures: tuple[tuple[str, str], ...]
    damaged: tuple[str, ...] = ()
    guided: tuple[dict[str, Any], ...] = ()
    again: tuple[tuple[str, str], ...] = ()

    def lines(self) -> list[str]:
        """The status for a person."""
        share = f" ({self.frames_done / self.frames:.0%})" if self.frames else ""
        rate = f", {self.fps:.1f} a second" if self.fps else ""
        left = self.seconds_left
        of = (
            f"of {self.files:,} files" if self.files is not None else "files, of an unknown number,"
        )
        least = "at least " if self.damaged else ""
        lines = [
            f"{Path(self.job).absolute().name}: {least}{self.files_done:,} {of} done",
            f"  results: {self.out}",
            f"  last run: {self.frames_done:,} of {self.frames:,} frames{share}{rate}"
            + (f", {format_duration(left)} left" if left is not None else ""),
            f"  {self._activity}",
        ]
        lines += [f"  damaged: {line}" for line in self.damaged]
        for film in self.guided:
            shots = map(GuidedShot.of, film["shots"])
            lines += [f"  {film['asset']}: {shot.advice or shot.text()}" for shot in shots]
        told = [f"  next run: {': '.join(filter(None, pair))}" for pair in self.again]
        lines += told[:LISTED]
        if len(told) > LISTED:
            lines.append(f"  next run: ... and {len(told) - LISTED:,} more")
        return lines + [f"  failed: {name}: {problem}" for name, problem in self.failures]

    @property
    def _activity(self) -> str:
        if self.worked_on_by:
            return f"worked on by {self.worked_on_by}; a film counts as its segments are done"
        return "finished" if self.files_done == self.files else "nobody works on it"


def status_of(folder: JobFolder) -> Status:
    """The status of the job in `folder`, as far as its records can be read.

    Raises:
        KinemacolorError: there is no job, or it is of another version.
    """
    record, plan, entries, failed = folder.readable_record, [], [], {}
    damaged = [str(error) for error in folder.damaged()]
    if old := folder.moved_from:
        damaged.append(f"{folder.path}: has been moved: its results were to go to {old}")
    with suppress(DamagedRecord):
        plan = folder.read_plan()
    with suppress(DamagedRecord):
        entries = list(folder.ledger.entries())
    with suppress(DamagedRecord):
        failed = folder.ledger.failed()
    if not (record or plan or entries or damaged):
        raise KinemacolorError(folder.path, "has no job")
    held = holder(folder.lock)
    alive = held is not None and is_alive(folder.lock, held, time.time())
    if held is not None and not held["host"]:
        damaged.append(f"{folder.lock}: is damaged: it does not tell who works on the job")
    shares = _Shares.of(plan, entries, _began(folder, plan), alive)
    made = _made(entries)
    ahead = NextRun()
    if record and plan and not (alive or old) and may_differ(plan, made):
        ahead = NextRun.of(record)
    again = {place: told for place, told in ahead.again.items() if place in made}
    made |= dict.fromkeys(made.keys() & ahead.keeps, True) | dict.fromkeys(again, False)
    return Status(
        job=str(folder.path),
        out=record.out if record else str(folder.path.parent.parent),
        files=len(plan) or None,
        files_done=sum(_is_done(line, made) for line in plan) if plan else sum(made.values()),
        frames=shares.frames,
        frames_done=shares.done,
        units=len(entries),
        fps=shares.fps,
        seconds_left=shares.seconds_left if alive else None,
        worked_on_by=_name_of(held) if alive and held else "",
        failures=tuple((e.get("name", ""), e.get("problem", "")) for e in failed.values()),
        damaged=tuple(damaged),
        guided=tuple(_guided(entries)),
        again=(*again.values(), *([("", ahead.problem)] if ahead.problem else [])),
    )


@dataclass(frozen=True)
class _Shares:
    """Frames of the last run, by the job's plan and the entries of its ledger.

    Args:
        frames, done: as `Status` has them.
        fps: frames a second; None before the first unit is done.
        seconds_left: at this rate; None where too little is done to tell.
    """

    frames: int
    done: int
    fps: float | None
    seconds_left: float | None

    @classmethod
    def of(
        cls,
        plan: Sequence[Mapping[str, Any]],
        entries: Sequence[Entry],
        began: float,
        alive: bool,
    ) -> _Shares:
        """The shares by records whose times are all of one clock: that of those who wrote them.

        Args:
            plan, entries: of the job.
            began: when the last run began.
            alive: it is being worked on.
        """
        in_order = sorted(entries, key=lambda entry: entry["at"])
        # After an edit of its guide a film has some segments twice: the last counts.
        entries = list({_frames_of(entry): entry for entry in in_order}.values())
        newest = max((entry["at"] for entry in entries), default=0.0)
        pending: dict[str, int] = {
            place_of(line["asset"]): line["frames"] for line in plan if not line["skipped"]
        }
        places = [(entry, place_of(entry.get("asset", ""))) for entry in entries]
        for entry, place in places:  # what was planned was less exact
            if place in pending and entry.get("step") == Step.INDEX:
                pending[place] = entry.get("count", pending[place])
            elif place in pending and entry.get("step") == Step.ARCHIVE:
                pending[place] = entry.get("frames", pending[place])
        frames = [
            (entry, entry.get("frames", 0))
            for entry, place in places
            if entry["at"] >= began or (entry.get("step") == Step.SEGMENT and place in pending)
        ]
        fresh = sum(count for entry, count in frames if entry["at"] >= began)
        colored = [entry for entry, count in frames if entry["at"] >= began and count]
        # Loading and reading for shots are no colouring; what is under way is not counted yet.
        first = min((entry["at"] - entry.get("seconds", 0) for entry in colored), default=began)
        done, total = sum(count for _, count in frames), sum(pending.values())
        until = max(time.time(), newest) if alive else newest
        fps = fresh / (until - first) if fresh and until > first else None
        left = max(0, total - done) / fps if fps and fresh > total / 50 else None
        return cls(total, done, fps, left)


def _frames_of(entry: Entry) -> str | int:
    """What tells the frames of a segment; of all else, something of its own."""
    return entry.get("name", "") if entry.get("step") == Step.SEGMENT else id(entry)


def _began(folder: JobFolder, plan: Sequence[Mapping[str, Any]]) -> float:
    """When the last run began, by the clock of those who wrote the entries of its ledger."""
    if not plan:
        return 0.0
    at = plan[0].get("at")
    return float(at) if isinstance(at, (int, float)) else folder.plan.stat().st_mtime


def _name_of(held: Holder) -> str:
    """What a person calls who works on a job."""
    return f"process {held['pid']} on {held['host']}" if held["host"] else "an unknown process"


def _made(entries: Iterable[Entry]) -> dict[str, bool]:
    """The places of results that are recorded, with whether they are there, of their own size."""
    results = results_by(entries)
    made = {place: has_size_left(Path(place), left) for place, left in results.items()}
    own = {planned: at for entry in entries for planned, at in entry.get("given_back", {}).items()}
    return made | {planned: made.get(place, False) for planned, place in own.items()}


def _guided(entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """The results as they are now, of whose shots something was said."""
    in_order = sorted(entries, key=lambda entry: entry["at"])
    last = {place: entry for entry in in_order for place in entry.get("made", {})}
    for entry in last.values():
        with suppress(KeyError, TypeError, ValueError):  # it is damaged
            if shots := [GuidedShot.of(record).record() for record in entry.get("guided", [])]:
                yield {"asset": entry.get("asset", ""), "shots": shots}


def _is_done(line: Mapping[str, Any], made: Mapping[str, bool]) -> bool:
    """Whether an asset of the plan is settled: made, there already, left out, or copied.

    A result that came after the plan counts, where a full disk had no room for its entry.
    """
    place = place_of(line["target"])
    if place in made:
        return made[place]
    if is_kept(line):
        return Path(place).is_file()
    if line["problem"] or (line["skipped"] and line["kind"] != Kind.OTHER):
        return False
    return bool(line["skipped"]) or (
        not line.get("replaces", line["kind"] != Kind.OTHER) and Path(line["target"]).is_file()
    )
