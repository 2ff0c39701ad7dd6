"""A kill between a result's renaming and its entry: the result alone tells what it was made from.

A still has a line in the journal by then; a film and an archive have their entries at the end.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.state.folder import find_jobs
from kinemacolor.engine.jobs.state.making import Making
from kinemacolor.engine.settings import Settings
from tests.engine.fakes import still, write_zip
from tests.engine.job_runs import run
from tests.engine.tint import pan, tinting_worker, write_grey

SETTINGS = Settings(working_size=32, device="cpu", codec="ffv1", container="mkv")
SOURCES = {
    "reel.mkv": lambda path, seed: write_grey(path, pan(6, seed=seed)),
    "photos.zip": lambda path, seed: write_zip(path, {"a.png": still(seed), "b.txt": b"words"}),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_that_changed_since_is_told(tmp_path, out, monkeypatch, name):
    box: Path = tmp_path / "box"
    box.mkdir()
    (box / "z.png").write_bytes(still(9))
    SOURCES[name](box / name, 1)
    worker = tinting_worker(monkeypatch)
    monkeypatch.setattr(Making, "differences", lambda *_: [])  # the network is made up

    def again():
        return run(box, out=out, worker=worker, settings=SETTINGS)

    assert len(again().names(State.DONE)) >= 2
    before = (out / name).read_bytes()
    [job] = find_jobs(out)
    for entry in job.path.glob("done/*/*.json"):
        if str(out / name) in json.loads(entry.read_text()).get("made", {}):
            entry.unlink()
    assert not again().failures  # as long as the source is the same
    SOURCES[name](box / name, 2)
    done = again()
    assert list(done.failures) == [str(box / name)]
    assert "or from an earlier version of this one" in done.failures[str(box / name)]
    assert (out / name).read_bytes() == before
    (out / name).rename(tmp_path / name)
    assert not again().failures and (out / name).read_bytes() != before
