"""What became of every file: events for machines, a summary for people, a file for the record."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.jobs.reporting.text import format_counts, format_duration
from kinemacolor.engine.media.kinds import Kind

LISTED = 50  # lines of a kind that a summary prints
Event = dict[str, Any]


class State(StrEnum):
    """How a file ended."""

    DONE = "done"
    CARRIED = "carried"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file, or of one member of an archive.

    Args:
        asset, member: the file, and the archive's member where it is one.
        target: what was made, as a path or as the member's name.
        reason: why it failed or was skipped.
        frames, missing: coloured, and lost in a damaged source.
        seconds: from its being read to its being written.
        lightness_error_mean, lightness_error_max: of a still, in L* units.
    """

    asset: str
    kind: Kind
    state: State
    member: str | None = None
    target: str | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()
    bytes_in: int | None = None
    bytes_out: int | None = None
    sha256_in: str | None = None
    sha256_out: str | None = None
    frames: int = 0
    missing: int = 0
    seconds: float | None = None
    lightness_error_mean: float | None = None
    lightness_error_max: float | None = None

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.asset if self.member is None else f"{self.asset}: {self.member}"

    def event(self) -> Event:
        """The outcome for machines: what is not known is left out."""
        known = {key: value for key, value in asdict(self).items() if value not in (None, "", ())}
        return {"event": str(known.pop("state")), **known}


class Report:
    """Collects outcomes. Safe to use from several threads.

    Args:
        emit: gets every event as it happens; None where nobody listens.
        record: a JSON file of all events, written at the end.

    Attributes:
        log: a file that gets every event as a line of JSON; None where there is none.
    """

    log: Path | None = None

    def __init__(self, emit: Callable[[Event], None] | None = None, record: Path | None = None):
        self._emit, self._record = emit, record
        self._events: list[Event] = []
        self._lock = threading.Lock()
        self._began = time.perf_counter()
        self._planned = 0
        self._settled: set[str] = set()
        self.counts: Counter[tuple[State, Kind]] = Counter()
        self.frames = 0
        self.stopped = ""
        self._failures: list[tuple[str, str]] = []
        self._lines: dict[State, list[str]] = {state: [] for state in State}

    @property
    def digests(self) -> bool:
        """Whether anybody will read hashes: they cost a reading of every file."""
        return self._emit is not None or self._record is not None

    @property
    def failed(self) -> int:
        """How many files and members failed."""
        return sum(count for (state, _), count in self.counts.items() if state is State.FAILED)

    def planned(self, plan: Plan) -> None:
        """The job is known."""
        self._planned = len(plan.assets)
        kinds = Counter(asset.kind for asset in plan.assets)
        self._emit_event(
            {
                "event": "planned",
                "assets": len(plan.assets),
                "kinds": {kind: kinds[kind] for kind in Kind},
                "bytes": sum(asset.size for asset in plan.assets),
                "frames": plan.frames,
                "more_frames": plan.frame_count_unknown,
                "settings": asdict(plan.settings),
            }
        )

    def started(self, asset: str, kind: Kind, member: str | None = None) -> None:
        """Work on a file has begun."""
        self._emit_event(
            {"event": "started", "asset": asset, "kind": kind}
            | ({"member": member} if member is not None else {})
        )

    def add(self, outcome: Outcome) -> None:
        """A file, or a member, is settled."""
        self.counts[outcome.state, outcome.kind] += 1
        self.frames += outcome.frames if outcome.kind is not Kind.ARCHIVE else 0
        if outcome.member is None:
            self._settled.add(outcome.asset)
        if self.log or self._record or self._emit:
            self._emit_event(outcome.event())
        if outcome.state is State.FAILED:
            self._failures.append((outcome.name, outcome.reason))
        elif outcome.reason or outcome.notes or outcome.state is State.CARRIED:
            said = "; ".join(filter(None, (outcome.reason, *outcome.notes)))
            self._lines[outcome.state].append(f"{outcome.name}: {said}" if said else outcome.name)

    def close(self) -> None:
        """The job is over, or stopped: the last event, and the record.

        Raises:
            OSError: the record cannot be written.
        """
        self._emit_event(
            {
                "event": "summary",
                **{state: self._by_kind(state) for state in State},
                "frames": self.frames,
                "unreached": self._planned - len(self._settled),
                "stopped": self.stopped,
                "seconds": round(time.perf_counter() - self._began, 3),
            }
        )
        if self._record:
            self._record.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self._record) as part:
                part.write_text(json.dumps(self._events, indent=1) + "\n", encoding="utf-8")

    def summary(self) -> list[str]:
        """The job's end for a person, line by line."""
        seconds = time.perf_counter() - self._began
        made = format_counts(self._by_kind(State.DONE))
        rate = f", {self.frames / seconds:,.1f} frames a second" if self.frames else ""
        lines = [
            f"Done: {made or 'nothing'} ({self.frames:,} frames in {format_duration(seconds)}{rate})"
        ]
        lines += self._listed(State.DONE, "  note: ")
        for state, title in ((State.CARRIED, "Carried over unchanged"), (State.SKIPPED, "Skipped")):
            if count := sum(self._by_kind(state).values()):
                lines += [f"{title}: {count:,}", *self._listed(state, "  ")]
        if self.failed:
            lines += [f"Failed: {self.failed:,}", *(f"  {line}" for line in self.failures())]
        if self.stopped:
            left = f"{self._planned - len(self._settled):,} of {self._planned:,} files not done"
            lines.append(f"{self.stopped}: {left}; the same command goes on from here")
        return lines

    def failures(self) -> list[str]:
        """What failed, a line each, unless very many failed alike."""
        reasons: Counter[str] = Counter()
        lines = []
        for name, reason in self._failures:
            reasons[reason] += 1
            if reasons[reason] <= LISTED:
                lines.append(f"{name}: {reason}")
        return lines + [
            f"... and {count - LISTED:,} more: {reason}"
            for reason, count in reasons.items()
            if count > LISTED
        ]

    def _by_kind(self, state: State) -> dict[Kind, int]:
        return {kind: self.counts[state, kind] for kind in Kind if self.counts[state, kind]}

    def _listed(self, state: State, start: str) -> list[str]:
        lines = [start + line for line in self._lines[state]]
        more = f"{start}... and {len(lines) - LISTED:,} more (--report FILE lists all)"
        return lines[:LISTED] + ([more] if len(lines) > LISTED else [])

    def _emit_event(self, event: Event) -> None:
        with self._lock:
            if self.log:
                with suppress(OSError), open(self.log, "a", encoding="utf-8") as file:
                    file.write(json.dumps({"at": round(time.time(), 3), **event}) + "\n")
            if self._record:
                self._events.append(event)
            if self._emit:
                self._emit(event)
