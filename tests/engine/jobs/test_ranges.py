"""Long films that several actors read by ranges: the results of one reading, whatever happens."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

import kinemacolor.engine.jobs.planning.unit_maker
import kinemacolor.engine.pipeline.index_parts
from kinemacolor.engine.files import remove
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.state.folder import find_jobs
from kinemacolor.engine.media.video.index_ranges import plan_ranges
from kinemacolor.engine.pipeline.worker import Worker
from tests.engine.fakes import tree
from tests.engine.tint import pan, tinting_worker, write_grey

FRAMES = 40


class Several(LocalExecutor):
    """Says that it does several units at once."""

    actors = 2


@pytest.fixture
def source(tmp_path):
    return write_grey(tmp_path / "reel.mkv", pan(22) + pan(18, seed=1))


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Ranges of few frames."""
    monkeypatch.setattr(kinemacolor.engine.jobs.planning.unit_maker, "RANGE_FRAMES", 10)
    monkeypatch.setattr(
        kinemacolor.engine.pipeline.index_parts, "plan_ranges", partial(plan_ranges, frames=10)
    )


class Watched:
    """A worker that notes what it reads, and may be stopped there.

    Args:
        worker: that does the work.
        stop_at: where it is stopped: the number of a range's first frame, or "joined".
    """

    def __init__(self, worker: Worker, stop_at: object = None) -> None:
        self._worker, self._stop_at = worker, stop_at
        self.read: list[object] = []

    def __getattr__(self, name):
        return getattr(self._worker, name)

    def _note(self, what):
        if what == self._stop_at:
            raise KeyboardInterrupt
        self.read.append(what)

    def index(self, source, on_frame):
        self._note("index")
        return self._worker.index(source, on_frame)

    def index_range(self, source, part, target, on_frame):
        self._note(part.first)
        return self._worker.index_range(source, part, target, on_frame)

    def joined_index(self, source, parts):
        self._note("joined")
        return self._worker.joined_index(source, parts)


def run(source, out, monkeypatch, executor=Several, stop_at=None, **settings):
    worker = Watched(tinting_worker(monkeypatch, **settings), stop_at)
    plan = make_plan([source], f"{out}/", worker.settings)
    report, progress = Report(), Progress(plan.frames)
    Job(plan, lambda context: executor(worker, context), report, progress).run()
    return worker.read, report, progress


@pytest.fixture
def whole(source, tmp_path, monkeypatch):
    read, report, _ = run(source, tmp_path / "whole", monkeypatch, LocalExecutor)
    assert read == ["index"] and not report.failed
    return tree(tmp_path / "whole")


def test_gives_the_same_film(source, whole, tmp_path, monkeypatch):
    read, report, progress = run(source, tmp_path / "out", monkeypatch)
    assert read == [0, 12, 24, "joined"] and not report.failed
    assert tree(tmp_path / "out") == whole
    assert progress.done == progress.total == FRAMES


def test_a_short_film_is_read_in_one_go(tmp_path, monkeypatch):
    source = write_grey(tmp_path / "reel.mkv", pan(19))
    assert run(source, tmp_path / "out", monkeypatch)[0] == ["index"]


def test_a_film_without_ranges_is_read_in_one_go(source, whole, tmp_path, monkeypatch):
    read, report, _ = run(source, tmp_path / "out", monkeypatch, salvage=True)
    assert read == ["index"] and not report.failed


def test_a_range_that_is_not_as_promised(source, whole, tmp_path, monkeypatch):
    def odd(info, frames=10):
        first, second, third = plan_ranges(info, frames)
        return [first, replace(second, stop=second.stop + 1), third]

    monkeypatch.setattr(kinemacolor.engine.pipeline.index_parts, "plan_ranges", odd)
    read, report, _ = run(source, tmp_path / "out", monkeypatch)
    assert read == [0, 12, 24, "index"] and not report.failed
    assert tree(tmp_path / "out") == whole


@pytest.mark.parametrize(
    ("stop_at", "left"), [(12, [12, 24, "joined"]), ("joined", ["joined"])], ids=str
)
def test_goes_on_where_it_was_stopped(source, whole, tmp_path, monkeypatch, stop_at, left):
    with pytest.raises(KeyboardInterrupt):
        run(source, tmp_path / "out", monkeypatch, stop_at=stop_at)
    read, report, _ = run(source, tmp_path / "out", monkeypatch)
    assert read == left and not report.failed
    assert tree(tmp_path / "out") == whole


@pytest.mark.parametrize("how", ["gone", "damaged"])
def test_what_was_kept_of_a_range_is_lost(source, whole, tmp_path, monkeypatch, how):
    with pytest.raises(KeyboardInterrupt):
        run(source, tmp_path / "out", monkeypatch, stop_at="joined")
    [job] = find_jobs(tmp_path / "out")
    [file] = job.films.glob("*/range-000000012-*")
    if how == "gone":
        remove(file)
    else:
        file.write_bytes(b"words")
    read, report, _ = run(source, tmp_path / "out", monkeypatch)
    assert read == ([12, "joined"] if how == "gone" else ["joined", "index"])
    assert not report.failed and tree(tmp_path / "out") == whole


def test_an_index_that_is_there_needs_no_ranges(source, whole, tmp_path, monkeypatch):
    class Full(Several):
        """Has no room for segments."""

        def submit(self, unit):
            if unit.segment:
                raise KeyboardInterrupt
            super().submit(unit)

    with pytest.raises(KeyboardInterrupt):
        run(source, tmp_path / "out", monkeypatch, Full)
    [job] = find_jobs(tmp_path / "out")
    assert not list(job.films.glob("*/range-*")) and list(job.films.glob("*/index.json"))
    read, report, _ = run(source, tmp_path / "out", monkeypatch)
    assert read == [] and not report.failed
    assert tree(tmp_path / "out") == whole
