"""A film's index and what the ledger tells of it: where they differ, the film is read again."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.state.folder import JobFolder, find_jobs
from tests.engine.fakes import FRAMES, FakeWorker
from tests.engine.job_runs import MKV, run
from tests.engine.media.video.films import make_film


class Counting(FakeWorker):
    """Counts how often a film is read for its index."""

    read = 0

    def index(self, source, on_frame):
        self.read += 1
        return super().index(source, on_frame)


class Full(FakeWorker):
    """Cannot put a film together."""

    def assemble(self, source, index, segments, target, tags=None):
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.fixture
def source(tmp_path) -> Path:
    return make_film(tmp_path / "reel.mkv", frames=FRAMES)


@pytest.fixture
def unfinished(source, tmp_path) -> JobFolder:
    """A job whose film is indexed and coloured, and not put together."""
    run(source, out=f"{tmp_path}/out/", settings=MKV, worker=Full())
    [job] = find_jobs(tmp_path / "out")
    return job


def go_on(source: Path) -> Counting:
    worker = Counting()
    done = run(source, out=f"{source.parent}/out/", settings=MKV, worker=worker)
    assert not done.failures and done.report.frames == FRAMES
    assert (source.parent / "out/reel.mkv").is_file()
    return worker


def test_one_that_agrees_is_read_once(source, unfinished):
    assert go_on(source).read == 0


@pytest.mark.parametrize(
    "values", [{"count": FRAMES - 4}, {"count": 0}, {"shots": [0, 500]}, {"part": [0, 4, FRAMES]}]
)
def test_another_entry_is_made_anew(source, unfinished, values, caplog):
    [path] = (p for p in unfinished.path.glob("done/*/*.json") if '"index"' in p.read_text())
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
    assert go_on(source).read == 1
    assert "is not as the ledger has it; the film is read again" in caplog.text


@pytest.mark.parametrize("content", ['{"schema": 1}', "[" * 100_000])
def test_a_damaged_index_is_made_anew(source, unfinished, content, caplog):
    [path] = unfinished.films.glob("*/index.json")
    path.write_text(content)
    assert go_on(source).read == 1
    assert "is no film's index; remove it, and run again; the film is read again" in caplog.text
