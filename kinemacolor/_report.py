"""What became of a job, for a program to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from kinemacolor.engine.jobs.reporting.events import Outcome, State
from kinemacolor.engine.jobs.reporting.report import Report as Collector


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of every file of a job.

    Attributes:
        outcomes: one of every file and of every member of an archive, in the order of their end.
        frames: coloured, stills included.
        stopped: the job was stopped before its end; the same call goes on from there.
        lines: the summary, as the command prints it.

    Example:
        >>> import kinemacolor
        >>> report = kinemacolor.colorize("photo.png", "colored/")
        >>> report.ok, report.frames, dict(report.counts)
        (True, 1, {<State.DONE: 'done'>: 1})
        >>> report.outcomes[0].target
        'colored/photo.png'
    """

    outcomes: tuple[Outcome, ...]
    frames: int
    stopped: bool
    lines: tuple[str, ...] = field(repr=False)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The outcomes of what failed; their `reason` says why."""
        return tuple(outcome for outcome in self.outcomes if outcome.state is State.FAILED)

    @property
    def ok(self) -> bool:
        """Whether everything is done: nothing failed, and the job was not stopped."""
        return not self.stopped and not self.failed

    @property
    def counts(self) -> Mapping[State, int]:
        """How many files and members were coloured, carried over, skipped or failed."""
        return Counter(outcome.state for outcome in self.outcomes)

    def summary(self) -> str:
        """The job's end for a person, as the command prints it."""
        return "\n".join(self.lines)


def report_of(collector: Collector) -> Report:
    """What an engine's report knows by now, as a value."""
    return Report(
        outcomes=tuple(collector.outcomes),
        frames=collector.frames,
        stopped=bool(collector.stopped),
        lines=tuple(collector.summary()),
    )
