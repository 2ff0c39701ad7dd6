"""Damaged and missing records: what `status` tells of them, and how a run mends them."""

from __future__ import annotations

import pytest

from kinemacolor.engine.files import remove
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import find_jobs
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError
from tests.engine.fakes import FakeWorker, still, tree, write_zip
from tests.engine.job_runs import MKV, run
from tests.engine.jobs import program
from tests.engine.media.video.films import make_film


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
