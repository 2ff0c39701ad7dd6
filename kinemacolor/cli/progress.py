"""Display of a job's progress: a bar on a terminal, lines in a log, events for machines."""

from __future__ import annotations

from tqdm import tqdm

from kinemacolor.cli.console import Console, Pipe
from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.jobs.reporting.progress import Lines, Progress, logged

_LOG_SECONDS = 30  # between lines in a log


def display(plan: Plan, console: Console, *, quiet: bool, machine: bool) -> Progress:
    """The progress display that fits the options and where stderr goes.

    Args:
        plan: of the job, whose frames are counted.
        console: where the display appears.
        quiet: show nothing.
        machine: write progress events as JSON to stdout, quiet or not.
    """
    if machine:
        return Lines(plan.frames, console.json)
    if quiet or (not plan.frames and not plan.frame_count_unknown):
        return Progress(plan.frames)
    if console.err.isatty():
        return Bar(plan.frames, console.err)
    return Lines(plan.frames, lambda event: console.message(logged(event)), pause=_LOG_SECONDS)


class Bar(Progress):
    """A tqdm bar: frames, frames a second, and the time left of the whole job.

    Args:
        total: frames expected.
        stream: a terminal.
    """

    def __init__(self, total: int, stream: Pipe) -> None:
        super().__init__(total)
        has_width = stream.columns > 0  # without one tqdm would draw nothing
        self._bar = tqdm(
            total=total,
            unit="frame",
            file=stream,
            leave=False,
            smoothing=0.1,
            dynamic_ncols=has_width,
            ncols=None if has_width else 80,
        )

    def about(self, name: str) -> None:
        short = name if len(name) <= 30 else f"...{name[-27:]}"
        self._bar.set_description_str(short, refresh=False)

    def show(self) -> None:
        self._bar.total = max(self.total, self.done)
        self._bar.update(self.done - self._bar.n)

    def close(self) -> None:
        self._bar.close()
