"""What the ledger says is so: of changed sources, of kills amid stills, of clocks, of clashes."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from kinemacolor.engine.files import remove
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.events import Outcome, State
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state import folder as folders
from kinemacolor.engine.jobs.state import journal, ledger
from kinemacolor.engine.jobs.state.entry import made_by
from kinemacolor.engine.jobs.state.folder import JOBS, find_jobs
from kinemacolor.engine.jobs.state.journal import Journal
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.jobs.state.making import Making
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError
from tests.engine.fakes import FakeWorker, still, tree, write_zip
from tests.engine.job_runs import MKV, run
from tests.engine.jobs import program
from tests.engine.media.video.films import make_film
from tests.engine.tint import tinting_worker


@pytest.fixture
def box(tmp_path) -> Path:
    """Four stills."""
    box = tmp_path / "box"
    box.mkdir()
    for number in range(4):
        (box / f"{number}.png").write_bytes(still(number))
    return box


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "out"


class TestAChangedSource:
    @pytest.mark.parametrize("number", range(4))
    def test_is_done_once(self, box, out, number):
        run(box, out=out)
        for change in range(3):  # whichever entry a folder gives first
            (box / f"{number}.png").write_bytes(still(10 + change) + bytes(change))
            assert run(box, out=out).worker.colored == [str(box / f"{number}.png")]
            assert run(box, out=out).worker.colored == []

    def test_that_was_put_back_is_done_again(self, box, out):
        before = (box / "0.png").read_bytes(), (box / "0.png").stat().st_mtime_ns
        run(box, out=out)
        (box / "0.png").write_bytes(still(9) + b" ")
        run(box, out=out)
        (box / "0.png").write_bytes(before[0])
        os.utime(box / "0.png", ns=(before[1], before[1]))
        assert run(box, out=out).worker.colored == [str(box / "0.png")]
        assert run(box, out=out).worker.colored == []

    def test_that_goes_back_and_forth_is_done_once_each(self, box, out):
        content = [still(20 + number) + bytes(number) for number in range(2)]
        run(box, out=out)
        for change in range(4):  # with the entries of one unit
            (box / "0.png").write_bytes(content[change % 2])
            os.utime(box / "0.png", (1e9, 1e9))
            assert run(box, out=out).worker.colored == [str(box / "0.png")]
            assert run(box, out=out).worker.colored == []

    def test_is_done_once_though_a_clock_was_set_back(self, box, out, monkeypatch):
        run(box, out=out)
        for module in (journal, ledger):
            monkeypatch.setattr(module.time, "time", lambda: 1e9)
        (box / "0.png").write_bytes(still(9) + b" ")
        assert run(box, out=out).worker.colored == [str(box / "0.png")]
        told = status_of(find_jobs(out)[0])
        assert (told.files_done, told.frames_done, told.frames) == (4, 1, 1)
        assert run(box, out=out).worker.colored == []

    def test_that_cannot_be_read_now_is_not_one(self, box, out):
        run(box, out=out)
        before = tree(out)
        (box / "0.png").rename(box.parent / "away")
        (box / "0.png").symlink_to("/nothing/here")
        run(box, out=out)
        (box / "0.png").unlink()
        (box.parent / "away").rename(box / "0.png")
        assert run(box, out=out).worker.colored == [] and tree(out) == before


class TestAKillAmidStills:
    @pytest.fixture
    def killed(self, box, out) -> Path:
        """A job that was killed at its fourth still; two are in their places."""
        program.run(box, out, DEADLY="3.png")
        assert [path.name for path in sorted(out.glob("*.png"))] == ["0.png"]
        return out

    def test_leaves_an_entry_for_each_that_is_there(self, killed, box):
        [job] = find_jobs(killed)
        assert set(made_by(job.ledger.entries())) == {str(killed / "0.png")}
        assert status_of(job).files_done == 1
        (box / "0.png").write_bytes(still(9) + b" ")
        status, errors = program.run(box, killed)
        assert status == 0 and "0.png: the source has changed since: made again" in errors
        assert status_of(job).files_done == 4

    def test_half_a_line_is_passed_over(self, tmp_path):
        notes = Journal(tmp_path / "x.jsonl")
        notes.add("a.png", "/out/a.png", "1-2")
        with open(tmp_path / "x.jsonl", "ab") as file:
            file.write(b'\n{"schema": 1, "asset": "b.png", "pla')
        notes.add("c.png", "/out/c.png", "3-4")
        assert [made.asset for made in notes.read()] == ["a.png", "c.png"]

    def test_a_journal_goes_once_its_entry_is_there(self, box, out):
        run(box, out=out)
        [job] = find_jobs(out)
        assert not list((job.path / "stills").glob("*")) and len(made_by(job.ledger.entries())) == 4


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


class TestSegmentsOfAFilm:
    @pytest.mark.parametrize("gone", ["a link to nothing", "no file"])
    def test_stay_while_its_source_is_not_there(self, tmp_path, out, gone):
        box = program.make_box(tmp_path)
        assert program.run(box, out, DIE_IN="frames 16 to")[0] < 0
        [job] = out.glob(f"{JOBS}/*")
        before = {path.name for path in job.glob("films/*/*")}
        assert len(before) >= 3
        (box / "reel.mkv").rename(tmp_path / "away")
        if gone == "a link to nothing":
            (box / "reel.mkv").symlink_to("/nothing/reel.mkv")
        for _ in range(2):
            assert program.run(box, out)[0] == (gone == "a link to nothing")
        assert {path.name for path in job.glob("films/*/*")} == before
        (box / "reel.mkv").unlink(missing_ok=True)
        (tmp_path / "away").rename(box / "reel.mkv")
        started = tmp_path / "started"
        assert program.run(box, out, STARTED=started)[0] == 0 and program.strays(out) == []
        assert "frames 0 to" not in started.read_text()

    def test_go_once_it_has_changed(self, tmp_path, out):
        box = program.make_box(tmp_path)
        program.run(box, out, DIE_IN="frames 16 to")
        [job] = out.glob(f"{JOBS}/*")
        [old] = job.glob("films/*")
        make_film(box / "reel.mkv", frames=50)
        program.run(box, out, DIE_IN="frames 16 to")
        assert not old.exists() and len(list(job.glob("films/*"))) == 1


class TestOneFilmReachedTwice:
    def test_is_done_for_both(self, tmp_path, out):
        box = tmp_path / "box"
        box.mkdir()
        make_film(box / "a.mkv", frames=12)
        (box / "b.mkv").symlink_to(box / "a.mkv")
        done = run(box, out=out, settings=MKV)
        assert not done.failures and {"a.mkv", "b.mkv"} <= set(tree(out))

    def test_the_failure_of_one_costs_not_the_other(self, tmp_path, out):
        box = tmp_path / "box"
        box.mkdir()
        make_film(box / "a.mkv", frames=12)
        (box / "b.mkv").symlink_to(box / "a.mkv")

        class Worker(FakeWorker):
            def assemble(self, source, index, segments, target, tags=None):
                if target.name == "a.mkv":
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                return super().assemble(source, index, segments, target)

        done = run(box, out=out, settings=MKV, worker=Worker())
        assert list(done.failures) == [str(box / "a.mkv")] and "b.mkv" in tree(out)


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


class TestStatus:
    def test_counts_what_was_carried_over(self, box, out):
        (box / "notes.txt").write_bytes(b"words")
        write_zip(box / "papers.zip", {"a.txt": b"words"})
        run(box, out=out)
        told = status_of(find_jobs(out)[0])
        assert (told.files_done, told.files) == (6, 6) and not told.damaged

    @pytest.mark.parametrize("what", ["plan.jsonl", "job.json"])
    def test_without_a_record_tells_what_is_done(self, box, out, what):
        run(box, out=out)
        [job] = find_jobs(out)
        remove(job.path / what)
        told = status_of(find_jobs(out)[0])
        assert told.files_done == 4 and told.files == (None if what == "plan.jsonl" else 4)
        assert told.out == str(out)
        assert run(box, out=out).worker.colored == []

    def test_of_an_empty_plan_is_not_nothing_of_nothing(self, box, out):
        run(box, out=out)
        [job] = find_jobs(out)
        job.plan.write_bytes(b"")
        first = status_of(job).lines()[0]
        assert "at least 4 files, of an unknown number, done" in first
        assert len(status_of(job).damaged) == 1


class TestMending:
    @pytest.mark.parametrize("left", [True, False])
    @pytest.mark.parametrize("name", ["job.json", "plan.jsonl", "done", "failed"])
    def test_a_run_puts_right_what_is_damaged(self, box, out, name, left, caplog):
        run(box, out=out)
        [job] = find_jobs(out)
        job.ledger.fail("aa", {"name": "x", "problem": "odd"})
        path = {"done": "done/*/*.json", "failed": "failed/*.json"}.get(name, name)
        [path] = job.path.glob(path)
        path.write_bytes(b"\0" * 30)
        if left:
            (out / "2.png").unlink()
        done = run(box, out=out)
        assert not done.failures and len(tree(out)) == 4
        assert sum(str(path) in line for line in caplog.messages) == 1
        assert not status_of(job).damaged
        assert job.record is not None and job.record.sources == (box,)
        if name in ("done", "failed"):  # nothing is removed because it is damaged
            assert [kept.read_bytes() for kept in job.path.glob("damaged/*")] == [b"\0" * 30]

    @pytest.mark.parametrize("name", ["done", "failed", "stills", "begun", "films"])
    def test_a_file_in_the_place_of_a_folder(self, box, out, name):
        run(box, out=out, settings=MKV)
        [job] = find_jobs(out)
        remove(job.path / name)
        (job.path / name).write_bytes(b"odd")
        assert status_of(job).damaged == (f"{job.path / name}: is damaged: it is no folder",)
        make_film(box / "reel.mkv")
        done = run(box, out=out, settings=MKV)
        assert not done.failures and "reel.mkv" in tree(out) and not status_of(job).damaged

    def test_a_changed_source_is_seen_though_the_record_is_gone(self, box, out):
        run(box, out=out)
        (find_jobs(out)[0].path / "job.json").unlink()
        (box / "0.png").write_bytes(still(9) + b" ")
        assert run(box, out=out).worker.colored == [str(box / "0.png")]
        assert find_jobs(out)[0].record is not None

    def test_other_settings_are_refused_though_the_record_is_lost(self, box, out):
        worker = FakeWorker()
        run(box, out=out, worker=worker)
        (find_jobs(out)[0].path / "job.json").write_bytes(b"")
        (out / "2.png").unlink()
        worker.fingerprint = "of other settings"
        with pytest.raises(KinemacolorError, match="has results made with other settings"):
            run(box, out=out, worker=worker, settings=Settings(saturation=2.0))
        assert not (out / "2.png").exists()

    def test_resume_says_how_to_go_on(self, box, out):
        run(box, out=out)
        [job] = find_jobs(out)
        (job.path / "job.json").write_bytes(b"{")
        told = program.kinemacolor("resume", out)
        assert told.returncode == 1 and "is damaged" in told.errors
        assert "give the command that began the job again" in told.errors
        assert "clean" not in told.errors and "remove" not in told.errors


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


def test_a_link_to_itself_is_named(box, out):
    (box / "loop").symlink_to(box / "loop")
    done = run(box, out=out)
    assert list(done.failures) == [str(box / "loop")] and len(done.names(State.DONE)) == 4
    assert "symbolic links" in done.failures[str(box / "loop")]


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
