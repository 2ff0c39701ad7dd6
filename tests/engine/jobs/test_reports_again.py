"""Reports of a job that runs again: what is known of results that were there is not lost."""

from __future__ import annotations

import json

from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.settings import Settings
from tests.engine.fakes import FakeWorker, still


def report_of(box, out, file, **options):
    """Run a job with a report; its summary."""
    plan = make_plan([box], str(out), Settings(), reports=[file], **options)
    report = Report(files=[file])
    worker = FakeWorker()
    Job(plan, lambda c: LocalExecutor(worker, c), report, Progress(plan.frames)).run()
    report.close()
    return report.summary()


def events(file, name):
    return {
        e["asset"].split("/")[-1]: e for e in json.loads(file.read_text()) if e["event"] == name
    }


def test_hashes_of_earlier_runs_stand_in_the_report_of_a_later_one(tmp_path):
    box, out, file = tmp_path / "box", tmp_path / "out", tmp_path / "report.json"
    box.mkdir()
    (box / "a.png").write_bytes(still(1))
    (box / "notes.txt").write_text("x")
    report_of(box, out, file)
    first = events(file, "done")["a.png"]
    (box / "b.png").write_bytes(still(2))
    report_of(box, out, file)
    [kept] = [e for n, e in events(file, "skipped").items() if n == "a.png"]
    assert kept["sha256_in"] == first["sha256_in"] and kept["sha256_out"] == first["sha256_out"]
    assert "b.png" in events(file, "done")


def test_a_run_that_finds_all_done_leaves_the_report_as_it_is(tmp_path):
    box, out, file = tmp_path / "box", tmp_path / "out", tmp_path / "report.csv"
    box.mkdir()
    (box / "a.png").write_bytes(still(1))
    report_of(box, out, file)
    before = file.read_bytes()
    summary = report_of(box, out, file)
    assert file.read_bytes() == before
    assert f"{file}: kept as it is, since nothing was done" in summary
    file.unlink()
    report_of(box, out, file)
    assert b"skipped" in file.read_bytes()
