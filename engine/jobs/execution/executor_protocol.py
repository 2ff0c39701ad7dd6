"""The protocol of executors, which do units for the driver: in this process, or in a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Protocol

from kinemacolor.engine.jobs.planning.units import Unit
from kinemacolor.engine.jobs.state.entry import Entry


@dataclass(frozen=True)
class UnitResult:
    """How a unit ended.

    Args:
        unit: the unit.
        entry: its entry in the ledger, where it is done.
        problem: why it is not done, for a person; empty where it is.
        traceback: of a fault that may not come again; empty where the problem is a known one.
        died: the process that worked on it died; it may have been done nevertheless.
        blameless: the process died for reasons that are not the unit's, such as a lost machine.
        spoiled: of an assembly: the film's segment that cannot be read, and is to be made again.
    """

    unit: Unit
    entry: Entry = field(default_factory=Entry)
    problem: str = ""
    traceback: str = ""
    died: bool = False
    blameless: bool = False
    spoiled: Path | None = None


class Executor(Protocol):
    """An executor: takes units, does them, and gives their results.

    It works on one or several at a time, and tells the job's report and progress of them.
    """

    @property
    def fingerprint(self) -> str:
        """SHA-256 over settings, weights and backend, as the workers have it."""

    @property
    def actors(self) -> int:
        """How many units it does at once."""

    def has_room(self) -> bool:
        """Whether another unit may be submitted."""

    def submit(self, unit: Unit) -> None:
        """Begin a unit."""

    def collect(self) -> UnitResult | None:
        """Wait for one of the submitted units to end; None where none has for a while."""

    def close(self) -> None:
        """Let go of what the executor holds; units under way are given up."""


class Stop:
    """A request to begin no more units.

    Args:
        event: is set by whoever stops the job, in any thread; None makes one.

    Attributes:
        may_drain: set by the job: a request lets the units end that are under way; before, the
            job has to be interrupted.
    """

    def __init__(self, event: Event | None = None) -> None:
        self._event = event or Event()
        self.may_drain = False

    @property
    def requested(self) -> bool:
        """Whether the job is to stop."""
        return self._event.is_set()

    def request(self) -> None:
        """Stop the job."""
        self._event.set()
