"""Jobs, drivers and threads that meet in one folder of results."""

from __future__ import annotations

import json
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.execution import job as jobs
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting import event_log
from kinemacolor.engine.jobs.reporting.events import Outcome, State
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import find_jobs
from kinemacolor.engine.jobs.state.lock import Lock
from kinemacolor.engine.jobs.state.making import Making
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from tests.engine.fakes import FakeWorker, still
from tests.engine.job_runs import run
from tests.engine.tint import tinting_worker


class TestTwoJobsIntoOneFolder:
    """Another job has put its result under a name that an unfinished one was to use."""

    @pytest.fixture
    def taken(self, tmp_path, out, monkeypatch) -> Path:
        """The sources of the unfinished job: its "1.png" is taken, its "2.png" not done yet."""
        worker = tinting_worker(monkeypatch, codec="auto", backend="eager")
        monkeypatch.setattr(Making, "differences", lambda *_: [])  # the network is made up
        first, second = tmp_path / "first", tmp_path / "second"
        for number, folder in enumerate((first, second)):
            folder.mkdir()
            (folder / "1.png").write_bytes(still(number))
        for number in (0, 2):
            (first / f"{number}.png").write_bytes(still(10 + number))
        settings = Settings(working_size=32, device="cpu", backend="eager")
        run(first, out=out, worker=worker, settings=settings)
        (out / "1.png").unlink()
        (out / "2.png").unlink()
        [job] = find_jobs(out)
        for path in job.path.glob("done/*/*.json"):  # as of a job that was killed before them
            entry = json.loads(path.read_text())
            entry["made"] = {str(out / "0.png"): entry["made"][str(out / "0.png")]}
            path.write_text(json.dumps(entry))
        run(second, out=out, worker=worker, settings=settings)
        self.go_on = lambda: run(first, out=out, worker=worker, settings=settings)
        return first

    def test_fails_alone_and_says_what_to_do(self, taken, out):
        before = (out / "1.png").read_bytes()
        for rest in (1, 0):
            done = self.go_on()
            assert list(done.failures) == [str(taken / "1.png")]
            assert "made from another file" in done.failures[str(taken / "1.png")]
            assert "move it away and run again" in done.failures[str(taken / "1.png")]
            assert len(done.names(State.DONE)) == rest
            assert (out / "1.png").read_bytes() == before
        (out / "1.png").rename(out.parent / "theirs.png")
        assert self.go_on().names(State.DONE) == [str(taken / "1.png")]

    def test_is_in_the_status_of_both(self, taken, out):
        self.go_on()
        told = [status_of(job) for job in find_jobs(out)]
        assert [(job.files_done, job.files) for job in told] == [(2, 3), (1, 1)]


def test_a_job_that_another_driver_ended_meanwhile_is_not_done_again(box, out):
    plan = make_plan([box], str(out), Settings())
    run(box, out=out)
    worker, report = FakeWorker(), Report()
    Job(plan, lambda context: LocalExecutor(worker, context), report, Progress(4)).run()
    assert worker.colored == [] and report.found_all_done


def test_settings_that_another_driver_began_with_meanwhile_are_refused(box, out, monkeypatch):
    """It comes between this one's looks at the records and its lock."""
    vivid = Settings(saturation=2.0)

    class Late(Lock):
        def __enter__(self):
            monkeypatch.undo()
            run(box, out=out, settings=vivid)
            return super().__enter__()

    monkeypatch.setattr(jobs, "Lock", Late)
    with pytest.raises(SettingsError, match="has results made with"):
        run(box, out=out)
    assert find_jobs(out)[0].record.settings == vivid


def test_the_log_is_opened_once(tmp_path, monkeypatch):
    opened = []

    def watched(*arguments, **options):
        opened.append(arguments)
        return open(*arguments, **options)

    monkeypatch.setattr(event_log, "open", watched, raising=False)
    report = Report()
    report.log = tmp_path / "log.jsonl"
    for number in range(50):
        report.add(Outcome(asset=f"{number}.png", kind=Kind.STILL, state=State.DONE, frames=1))
        written = report.log.read_text().splitlines()
        assert len(written) == number + 1  # on the disk as soon as it has happened
    report.close()
    assert len(opened) == 1


def test_events_from_many_threads_are_all_counted(tmp_path):
    report, threads = Report(), []
    report.log = tmp_path / "log.jsonl"
    outcome = Outcome(asset="a.png", kind=Kind.STILL, state=State.DONE, frames=1)
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(8):
            work = partial(lambda: [report.add(outcome) for _ in range(500)])
            threads.append(threading.Thread(target=work))
            threads[-1].start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switch)
    report.close()
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert report.frames == len(report.outcomes) == 4000 == len(lines) - 1
    assert all(json.loads(line)["event"] for line in lines)
