"""Films whose source is away for a while, reached twice, or a link to itself."""

from __future__ import annotations

import errno
import os

import pytest

from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.state.folder import JOBS
from tests.engine.fakes import FakeWorker, tree
from tests.engine.job_runs import MKV, run
from tests.engine.jobs import program
from tests.engine.media.video.films import make_film


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

    def test_is_done_for_both_at_once(self, tmp_path, out):
        """Two units are under way, so that steps of both come between each other."""

        class Two(LocalExecutor):
            actors = 2

            def __init__(self, *arguments):
                super().__init__(*arguments)
                self.results = []

            def has_room(self):
                return len(self.results) < 2

            def submit(self, unit):
                super().submit(unit)
                self.results.append(super().collect())

            def collect(self):
                return self.results.pop(0) if self.results else None

        box = tmp_path / "box"
        box.mkdir()
        make_film(box / "a.mkv", frames=12)
        (box / "b.mkv").symlink_to(box / "a.mkv")
        plan, report = make_plan([box], str(out), MKV), Report()
        worker, progress = FakeWorker(), Progress(plan.frames)
        Job(plan, lambda context: Two(worker, context), report, progress).run()
        assert not report.failed and {"a.mkv", "b.mkv"} <= set(tree(out))

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


def test_a_link_to_itself_is_named(box, out):
    (box / "loop").symlink_to(box / "loop")
    done = run(box, out=out)
    assert list(done.failures) == [str(box / "loop")] and len(done.names(State.DONE)) == 4
    assert "symbolic links" in done.failures[str(box / "loop")]
