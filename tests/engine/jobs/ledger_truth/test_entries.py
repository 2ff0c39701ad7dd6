"""Entries of the ledger: one after another, damaged, unreadable, or without room."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state import folder as folders
from kinemacolor.engine.jobs.state import ledger
from kinemacolor.engine.jobs.state.entry import made_by
from kinemacolor.engine.jobs.state.folder import JOBS, find_jobs
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.models.errors import KinemacolorError
from tests.engine.fakes import FakeWorker, tree
from tests.engine.job_runs import MKV, run
from tests.engine.media.video.films import make_film


class TestSuccessAfterFailure:
    def test_is_added_to_what_was_recorded(self, tmp_path):
        entries = Ledger(tmp_path)
        assert entries.add("aa", {"made": {"/a": "1"}, "frames": 1})
        assert entries.add("aa", {"made": {"/b": "2"}, "frames": 1})
        assert (
            made_by(entries.entries()) == {"/a": "1", "/b": "2"}
            and entries.get("aa")["frames"] == 2
        )
        assert entries.get("aa")["made"] == made_by(entries.entries())

    @pytest.mark.parametrize("content", [b"", b"{}", b"\0" * 30, None])
    def test_takes_the_place_of_a_damaged_entry(self, tmp_path, content):
        entries = Ledger(tmp_path)
        path = tmp_path / "done/aa/aa.json"
        path.parent.mkdir(parents=True)
        path.mkdir() if content is None else path.write_bytes(content)
        assert entries.get("aa") is None and list(entries.entries()) == []
        assert [error.subject for error in entries.damaged()] == [str(path)]
        assert entries.add("aa", {"made": {"/a": "1"}})
        assert made_by(entries.entries()) == {"/a": "1"} and list(entries.damaged()) == []

    @pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 30, None])
    def test_failures_that_are_damaged_do_not_count(self, tmp_path, content):
        entries = Ledger(tmp_path)
        for number in range(3):
            entries.fail("aa", {"problem": f"odd {number}", "name": "a"})
        path = tmp_path / "failed/aa.2.json"
        path.unlink()
        path.mkdir() if content is None else path.write_bytes(content)
        assert [failure["problem"] for failure in entries.failures("aa")] == ["odd 0", "odd 2"]
        assert entries.failed()["aa"]["problem"] == "odd 2"
        assert [error.subject for error in entries.damaged()] == [str(path)]
        assert entries.fail("aa", {"problem": "odd 3"}) == 4
        entries.clear_failures("aa")
        assert entries.failures("aa") == [] and entries.failed() == {}


def test_failures_that_cannot_be_recorded_end_no_job(box, out, monkeypatch):
    """A full disk, say: the file fails for now, and the others are done."""

    class Worker(FakeWorker):
        def index(self, source, on_frame):
            raise ZeroDivisionError("odd")

    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    make_film(box / "reel.mkv")
    monkeypatch.setattr(Ledger, "fail", full)
    done = run(box, out=out, settings=MKV, worker=Worker())
    assert list(done.failures) == [str(box / "reel.mkv")]
    assert len(done.names(State.DONE)) == 4


def test_results_that_cannot_be_recorded_are_there_and_counted(box, out, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(ledger, "create_exclusive", full)
    done = run(box, out=out)
    assert not done.failures and len(done.names(State.DONE)) == 4
    shutil.rmtree(find_jobs(out)[0].path / "stills")  # nor was there room for these
    told = status_of(find_jobs(out)[0])
    assert (told.files_done, told.files) == (4, 4)


class TestUnreadableFolders:
    @pytest.mark.parametrize("name", ["done", "failed"])
    def test_are_named_by_status_and_never_counted_as_empty(self, box, out, monkeypatch, name):
        run(box, out=out)
        [job] = find_jobs(out)
        job.ledger.fail("aa", {"name": "x", "problem": "odd"})
        refuse(monkeypatch, job.path / name)
        told = status_of(job)
        assert told.damaged == (f"{job.path / name}: cannot be read: no permission",)
        assert "at least" in told.lines()[0]

    def test_end_a_run_in_one_line(self, box, out, monkeypatch):
        run(box, out=out)
        before = tree(out)
        refuse(monkeypatch, find_jobs(out)[0].path / "done")
        with pytest.raises(KinemacolorError, match="done: cannot be read: no permission"):
            run(box, out=out)
        assert tree(out) == before

    def test_of_all_jobs_are_named(self, box, out, monkeypatch):
        run(box, out=out)
        refuse(monkeypatch, out / JOBS)
        with pytest.raises(KinemacolorError, match="cannot be read: no permission"):
            find_jobs(out)


def refuse(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """Let a folder not be listed."""
    scandir = os.scandir

    def refusing(path):
        if Path(path) == place:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    for module in (ledger, folders):
        monkeypatch.setattr(module.os, "scandir", refusing)
