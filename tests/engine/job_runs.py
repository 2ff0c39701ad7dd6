"""Runs whole jobs for tests, with a worker that has no network."""

from __future__ import annotations

from pathlib import Path

from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.plan import Plan, make_plan
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.settings import Settings
from tests.engine.fakes import FakeWorker

MKV = Settings(container="mkv")  # which a film from an .avi cannot stay


class Done:
    """A job that has run."""

    def __init__(self, plan: Plan, worker: FakeWorker, report: Report, progress: Progress, events):
        self.plan, self.worker, self.report, self.progress = plan, worker, report, progress
        self.events = events

    def names(self, state: State) -> list[str]:
        return [
            e["asset"] + (f": {e['member']}" if "member" in e else "")
            for e in self.events
            if e["event"] == state
        ]

    @property
    def failures(self) -> dict[str, str]:
        return {
            e.get("member", e["asset"]): e["reason"] for e in self.events if e["event"] == "failed"
        }


def run(*sources: Path, out: Path | str, worker: FakeWorker | None = None, **options) -> Done:
    settings = options.pop("settings", Settings())
    plan = make_plan(list(sources), str(out), settings, **options)
    events: list[dict] = []
    report, progress = Report(events.append), Progress(plan.frames)
    worker = worker or FakeWorker()
    done = Done(plan, worker, report, progress, events)
    try:
        Job(plan, lambda context: LocalExecutor(worker, context), report, progress).run()
    finally:
        report.close()
    return done
