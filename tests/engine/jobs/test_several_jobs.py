"""`status`, `resume`, `retry` and `clean` on folders with the results of several jobs."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state import folder
from kinemacolor.engine.jobs.state.folder import JOBS, find_jobs
from kinemacolor.engine.jobs.state.lock import Lock
from tests.engine.fakes import is_red, still, tree
from tests.engine.job_runs import run
from tests.engine.jobs.program import complaints, kinemacolor


@pytest.fixture
def boxes(tmp_path) -> list[Path]:
    """Two folders of a still each."""
    boxes = [tmp_path / "first", tmp_path / "second"]
    for index, box in enumerate(boxes):
        box.mkdir()
        (box / f"{index}.png").write_bytes(still(index))
    return boxes


@pytest.fixture
def out(boxes, tmp_path) -> Path:
    """Results of two jobs that are done."""
    for box in boxes:
        assert kinemacolor("colorize", box, "-o", tmp_path / "out", "-q").returncode == 0
    return tmp_path / "out"


def names(out: Path) -> list[str]:
    """Of the jobs, as `status` prints them."""
    return [job.path.name for job in find_jobs(out)]


class TestStatus:
    def test_is_of_all_jobs(self, out):
        done = kinemacolor("status", out)
        assert done.returncode == 0
        heads = [line for line in done.output.splitlines() if not line.startswith(" ")]
        assert heads == [f"{name}: 1 of 1 files done" for name in names(out)]

    def test_is_of_one_by_its_name_or_folder(self, out):
        second = names(out)[1]
        by_name = kinemacolor("status", out, "--job", second).output
        assert by_name == kinemacolor("status", out / JOBS / second).output
        assert by_name.startswith(second) and names(out)[0] not in by_name

    def test_in_json_is_a_line_each(self, out):
        lines = kinemacolor("status", out, "--json").output.splitlines()
        assert [Path(json.loads(line)["job"]).name for line in lines] == names(out)

    def test_of_a_name_that_is_none(self, out):
        done = kinemacolor("status", out, "--job", "third")
        assert done.returncode == 2 and f"give one of {', '.join(names(out))}" in done.errors

    def test_of_no_job_is_one_line(self, tmp_path):
        for command in ("resume", "clean"):
            done = kinemacolor(command, tmp_path)
            assert done.returncode == 1 and len(done.errors.splitlines()) == 1
            said = "has no records of a job (a single file leaves none once it is done)"
            assert said in done.errors

    def test_of_a_job_with_relative_paths(self, boxes, tmp_path):
        source, out = os.path.relpath(boxes[0]), os.path.relpath(tmp_path / "out")
        assert kinemacolor("colorize", source, "-o", out, "--overwrite").returncode == 0
        assert "1 of 1 files done" in kinemacolor("status", tmp_path / "out").output
        for _ in range(2):
            assert "nothing left to do" in kinemacolor("resume", tmp_path / "out").errors
            assert "1 of 1 files done" in kinemacolor("status", out).output

    def test_of_one_that_cannot_be_read_costs_no_other(self, out):
        (out / JOBS / names(out)[0] / "job.json").write_text("{")
        done = kinemacolor("status", out)
        assert done.returncode == 1 and f"{names(out)[1]}: 1 of 1 files" in done.output
        assert "job.json: is damaged: it is not a job's record" in done.output


@pytest.mark.parametrize("command", ["resume", "retry"])
class TestGoingOn:
    def test_with_nothing_to_do_is_a_line_each(self, out, command):
        before = tree(out)
        done = kinemacolor(command, out)
        assert done.returncode == 0 and tree(out) == before
        assert complaints(done.errors) == [f"{name}: nothing left to do" for name in names(out)]

    def test_does_all_that_is_left(self, out, boxes, command):
        (out / "1.png").unlink()
        (boxes[0] / "more.png").write_bytes(still(7))
        done = kinemacolor(command, out)
        assert done.returncode == 0 and done.errors.count("Done: 1 still") == 2
        assert is_red((out / "1.png").read_bytes()) and is_red((out / "more.png").read_bytes())

    def test_does_the_one_that_is_meant(self, out, command):
        (out / "0.png").unlink()
        (out / "1.png").unlink()
        assert kinemacolor(command, out, "--job", names(out)[1]).returncode == 0
        assert set(tree(out)) == {"1.png"}

    def test_ends_with_the_worst_status(self, out, boxes, command):
        (boxes[0] / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        (out / "1.png").unlink()
        done = kinemacolor(command, out)
        assert done.returncode == 1 and set(tree(out)) == {"0.png", "1.png"}


class TestClean:
    def test_says_what_it_removed(self, out):
        jobs, before = names(out), tree(out)
        done = kinemacolor("clean", out)
        assert done.returncode == 0 and tree(out) == before and not (out / JOBS).exists()
        said = f"removed the records of 2 jobs: {', '.join(jobs)}; results stay\n"
        assert done.output == said

    def test_of_one(self, out):
        first, second = names(out)
        done = kinemacolor("clean", out, "--job", first)
        assert done.output == f"removed the records of a job: {first}; results stay\n"
        assert names(out) == [second]

    def test_in_json_is_a_line_each(self, out):
        jobs = [str(out / JOBS / name) for name in names(out)]
        lines = kinemacolor("clean", out, "--json").output.splitlines()
        assert [json.loads(line)["removed"] for line in lines] == jobs

    def test_leaves_the_records_of_a_job_that_begins_meanwhile(self, out, boxes, monkeypatch):
        """The files go one by one, the lock perhaps first: then another driver may come."""
        job = find_jobs(out)[0]
        with Lock(job.lock), monkeypatch.context() as patch:

            def rmtree(place):
                patch.undo()
                (place / "lock").unlink()
                run(boxes[0], out=out, overwrite=True)
                shutil.rmtree(place)

            patch.setattr(folder.shutil, "rmtree", rmtree)
            job.remove()
        assert job.record is not None and status_of(job).files_done == 1

    def test_removes_what_a_killed_removal_left(self, out):
        first = names(out)[0]
        grave = out / JOBS / f".{first}.01234567.part"
        grave.mkdir()
        (grave / "job.json").write_text("{}")
        assert first in names(out) and len(names(out)) == 2
        assert kinemacolor("clean", out).returncode == 0 and not (out / JOBS).exists()
