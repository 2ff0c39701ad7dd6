"""A job's report: events for machines as they happen, a summary for people, files of record."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.jobs.formatting import format_bytes, format_counts, format_duration
from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.jobs.reporting.event_log import EventLog
from kinemacolor.engine.jobs.reporting.events import JsonEvent, Outcome, Started, State
from kinemacolor.engine.jobs.reporting.job_facts import JobFacts
from kinemacolor.engine.jobs.reporting.report_files import write_report
from kinemacolor.engine.machine import machine_facts, peak_memory, software_versions
from kinemacolor.engine.media.kinds import Kind

LISTED = 50  # lines of a kind that a summary prints


class Report:
    """The report of one run of a job: what became of every file. Safe to use from several threads.

    Args:
        emit: called with every event as it happens, in JSON's terms; None where nobody listens.
        files: reports that `close` writes, each in the format that its suffix tells.

    Attributes:
        outcomes: what became of every file and of every member of an archive, in the order in
            which they were settled; for programs that run a job.
        counts: how many ended in which state, by state and kind.
        frames: coloured, stills included.
        stopped: why the job ended early, as a person reads it; empty where it did not.
    """

    def __init__(
        self, emit: Callable[[JsonEvent], None] | None = None, files: Sequence[Path] = ()
    ) -> None:
        self._emit, self._files = emit, files
        self._events: list[JsonEvent] = []
        self._lock = threading.RLock()
        self._began = time.perf_counter()
        self._started_at = datetime.now().astimezone()
        self._plan: Plan | None = None
        self._settled: set[str] = set()
        self._kept_files: list[Path] = []
        self.outcomes: list[Outcome] = []
        self.counts: Counter[tuple[State, Kind]] = Counter()
        self.frames = 0
        self.stopped = ""
        self._log: EventLog | None = None

    @property
    def log(self) -> Path | None:
        """A file that gets every event as a line of JSON; None where there is none."""
        return self._log.path if self._log else None

    @log.setter
    def log(self, path: Path | None) -> None:
        with self._lock:
            if self._log:
                self._log.close()
            self._log = EventLog(path) if path else None

    @property
    def digests(self) -> bool:
        """Whether anybody will read SHA-256 hashes: they cost a reading of every file."""
        return self._emit is not None or bool(self._files)

    @property
    def failed(self) -> int:
        """How many files and members failed."""
        return sum(count for (state, _), count in self.counts.items() if state is State.FAILED)

    def planned(self, plan: Plan) -> None:
        """Take the plan of the job, before any of its events."""
        self._plan = plan
        kinds = Counter(asset.kind for asset in plan.assets)
        self._emit_event(
            {
                "event": "planned",
                "assets": len(plan.assets),
                "kinds": {kind: kinds[kind] for kind in Kind},
                "bytes": sum(asset.size for asset in plan.assets),
                "frames": plan.frames,
                "more_frames": plan.frame_count_unknown,
                "sources": [str(source) for source in plan.sources],
                "out": plan.asked,
                "settings": asdict(plan.settings),
                "notes": plan.notes,
            }
        )

    def add(self, event: Started | Outcome) -> None:
        """Take an event: a file or a member is started or settled."""
        with self._lock:
            if isinstance(event, Outcome):
                self.outcomes.append(event)
                self.counts[event.state, event.kind] += 1
                self.frames += event.frames if event.kind is not Kind.ARCHIVE else 0
                if event.member is None:
                    self._settled.add(event.asset)
            if self._log or self._files or self._emit:
                self._emit_event(event.event())

    def close(self) -> None:
        """End the report: emit the last event, and write the files.

        Raises:
            MediaError: a file cannot be written; the others are.
        """
        facts = self._facts()
        self._emit_event(
            {
                "event": "summary",
                **{state: self._by_kind(state) for state in State},
                "frames": self.frames,
                "unreached": self._unreached,
                "stopped": self.stopped,
                **facts.event(),
            }
        )
        if self._log:
            self._log.close()
        failures = []
        for file in self._files:
            if self.found_all_done and file.is_file():  # it tells more than this run could
                self._kept_files.append(file)
                continue
            try:
                write_report(file, facts, self.outcomes, self._events)
            except OSError as error:
                problem = f"the report cannot be written: {os_reason(error)}"
                failures.append(MediaError(file, problem))
        if failures:
            raise failures[0]

    def _facts(self) -> JobFacts:
        """The facts of the job as a whole, by now."""
        peaks = (peak_memory(), *(outcome.peak_memory for outcome in self.outcomes))
        return JobFacts(
            plan=self._plan,
            started_at=self._started_at,
            ended_at=datetime.now().astimezone(),
            seconds=round(time.perf_counter() - self._began, 3),
            frames=self.frames,
            unreached=self._unreached,
            stopped=self.stopped,
            peak_memory=max((peak for peak in peaks if peak is not None), default=None),
            machine=machine_facts() if self.digests else {},
            versions=software_versions() if self.digests else {},
        )

    @property
    def _planned(self) -> int:
        return len(self._plan.assets) if self._plan else 0

    @property
    def _out(self) -> str:
        return str(self._plan.out) if self._plan else ""

    @property
    def _unreached(self) -> int:
        return self._planned - len(self._settled)

    def summary(self) -> list[str]:
        """The summary of the job for a person, line by line."""
        seconds = time.perf_counter() - self._began
        made = format_counts(self._by_kind(State.DONE))
        frames = (
            f"{self.frames:,} frame{'s' if self.frames != 1 else ''} in " if self.frames else ""
        )
        took = f" ({frames}{format_duration(seconds)}, loading included)" if made else ""
        lines = [f"Done: {made}{took}"] if made else []
        lines += self._results()
        lines += self._listed(State.DONE, "  note: ")
        for state, title in ((State.CARRIED, "Carried over unchanged"), (State.SKIPPED, "Skipped")):
            if count := sum(self._by_kind(state).values()):
                lines += [f"{title}: {count:,}", *self._listed(state, "  ")]
        if self.failed:
            lines += [f"Failed: {self.failed:,}", *(f"  {line}" for line in self.failures())]
        if self.stopped and not self._planned:
            lines.append(f"{self.stopped} while the job was being planned; nothing was begun")
        elif self.stopped:
            left = f"{self._unreached:,} of {self._planned:,} files not done"
            resume = f", and so does: kinemacolor resume {self._out}" if self.log else ""
            lines.append(f"{self.stopped}: {left}; the same command goes on from here{resume}")
        lines += [f"{file}: kept as it is, since nothing was done" for file in self._kept_files]
        return lines or ["Nothing to do"]

    def _results(self) -> list[str]:
        """Where results are that were made, and how large."""
        made = [o for o in self.outcomes if o.state is State.DONE and o.member is None]
        if not made:
            return []
        place = made[0].target if len(made) == 1 else self._out
        before, after = (sum(sizes) for sizes in zip(*map(_sizes, made), strict=True))
        sizes = f" ({format_bytes(after)}, from {format_bytes(before)})" if before and after else ""
        return [f"{'Result' if len(made) == 1 else 'Results'}: {place}{sizes}"]

    @property
    def found_all_done(self) -> bool:
        """Whether nothing was left to do, and nothing failed."""
        return not self.stopped and {state for state, _ in self.counts} <= {State.SKIPPED}

    def failures(self) -> list[str]:
        """The failures for a person, a line each; of those with one reason at most `LISTED`."""
        reasons: Counter[str] = Counter()
        lines = []
        for outcome in self.outcomes:
            if outcome.state is State.FAILED:
                reasons[outcome.reason] += 1
                if reasons[outcome.reason] <= LISTED:
                    lines.append(f"{outcome.name}: {outcome.reason}")
        return lines + [
            f"... and {count - LISTED:,} more: {reason}"
            for reason, count in reasons.items()
            if count > LISTED
        ]

    def _by_kind(self, state: State) -> dict[Kind, int]:
        return {kind: self.counts[state, kind] for kind in Kind if self.counts[state, kind]}

    def _listed(self, state: State, start: str) -> list[str]:
        """Outcomes of a state of which there is something to say, a line each."""
        lines = []
        for outcome in self.outcomes:
            said = "; ".join(filter(None, (outcome.reason, *outcome.notes)))
            if outcome.state is state and (said or state is State.CARRIED):
                lines.append(start + (f"{outcome.name}: {said}" if said else outcome.name))
        more = f"{start}... and {len(lines) - LISTED:,} more (--report FILE lists all)"
        return lines[:LISTED] + ([more] if len(lines) > LISTED else [])

    def _emit_event(self, event: JsonEvent) -> None:
        with self._lock:
            if self._log:
                self._log.add(event)
            if self._files:
                self._events.append(event)
            if self._emit:
                self._emit(event)


def _sizes(outcome: Outcome) -> tuple[int, int]:
    """Bytes of source and result; 0 where they are not known."""
    return outcome.bytes_in or 0, outcome.bytes_out or 0
