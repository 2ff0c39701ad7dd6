"""The facts of one run of a job as a whole: what was asked, where and with what it was done."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.settings import Settings


@dataclass(frozen=True, kw_only=True)
class JobFacts:
    """What a report says of the job as a whole.

    Args:
        plan: of the job; None where it could not be planned.
        started_at, ended_at: with their time zone.
        seconds: from the one to the other.
        frames: coloured, stills included.
        unreached: files that were not come to.
        stopped: why it ended early; empty where it did not.
        peak_memory: the most bytes of main memory that one of its processes had.
        machine: as `machine_facts` gives it, of the process that reports.
        versions: as `software_versions` gives them.
    """

    plan: Plan | None
    started_at: datetime
    ended_at: datetime
    seconds: float
    frames: int
    unreached: int
    stopped: str
    peak_memory: int | None
    machine: dict[str, Any]
    versions: dict[str, str]

    @property
    def fps(self) -> float:
        """Frames and stills in a second of the run."""
        return round(self.frames / self.seconds, 3) if self.seconds else 0.0

    @property
    def settings(self) -> dict[str, Any]:
        """All settings of the job by name, resolved."""
        return asdict(self.plan.settings) if self.plan else {}

    @property
    def changed_settings(self) -> dict[str, Any]:
        """The settings that are not the defaults."""
        defaults = asdict(Settings())
        return {name: value for name, value in self.settings.items() if value != defaults[name]}

    def event(self) -> dict[str, Any]:
        """The facts that the last event of a job has."""
        facts = {
            "seconds": self.seconds,
            "fps": self.fps,
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "ended_at": self.ended_at.isoformat(timespec="seconds"),
            "peak_memory": self.peak_memory,
            "machine": self.machine,
            "versions": self.versions,
        }
        return {key: value for key, value in facts.items() if value not in (None, {})}
