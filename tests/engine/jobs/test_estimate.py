"""What `plan` tells, and that it leaves nothing behind."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.estimate.estimate import estimate_of
from kinemacolor.engine.jobs.estimate.trial import STILLS, Rates, Sample, take_sample
from kinemacolor.engine.jobs.execution.driver import Driver
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.settings import Settings
from tests.engine.fakes import still, tree, write_zip
from tests.engine.job_runs import run
from tests.engine.jobs.made_up import Worker
from tests.engine.jobs.program import kinemacolor
from tests.engine.media.video.films import make_film

SETTINGS = Settings(segment_frames=8, codec="h264")


def make_worker(settings):
    return Worker(settings, {})


@pytest.fixture
def box(tmp_path):
    box = tmp_path / "box"
    box.mkdir()
    for index in range(40):
        (box / f"{index}.png").write_bytes(still(index))
    (box / "notes.txt").write_bytes(b"words")
    write_zip(box / "more.zip", {f"{index}.png": still(index) for index in range(9)})
    make_film(box / "reel.mkv", frames=45, audio=["flac"])
    make_film(box / "short.mkv", frames=9)
    return box


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_sample_is_a_job_of_its_own(box, tmp_path, temporary):
    before = tree(tmp_path)
    sample = take_sample(make_plan([box], str(tmp_path / "out"), SETTINGS), make_worker)
    assert sample.films.samples == 2 and sample.films.frames == 45 + 9
    assert sample.stills.samples == sample.stills.frames == STILLS
    for rates in (sample.films, sample.stills):
        assert 0 < rates.seconds < sample.seconds and rates.bytes_in and rates.bytes_out
    assert tree(tmp_path) == before and list(temporary.iterdir()) == []


def test_an_excerpt_is_from_the_middle(tmp_path, monkeypatch):
    make_film(tmp_path / "long.mkv", frames=200)
    seen = []

    class Watching(Worker):
        def index(self, source, on_frame):
            index = super().index(source, on_frame)
            seen.append(index.pts)
            return index

    plan = make_plan([tmp_path / "long.mkv"], str(tmp_path / "out/"), SETTINGS)
    sample = take_sample(plan, lambda settings: Watching(settings, {}))
    assert sample.films.frames == 48 and seen[0][0] > 0


def test_units_and_frames_are_those_that_colorize_does(box, tmp_path, monkeypatch):
    plan = make_plan([box], str(tmp_path / "out"), SETTINGS)
    told = estimate_of(plan, take_sample(plan, make_worker), 1)
    done = []
    end = Driver._end
    monkeypatch.setattr(
        Driver, "_end", lambda driver, result: (done.append(result), end(driver, result))
    )
    finished = run(box, out=tmp_path / "out", worker=make_worker(SETTINGS), settings=SETTINGS)
    assert told.frames == finished.report.frames == 40 + 9 + 45 + 9
    assert told.bytes_in == sum(path.stat().st_size for path in box.iterdir())
    assert len(done) == told.units == 1 + 1 + (1 + 1 + 6 + 1) + (1 + 1 + 2 + 1)


@pytest.mark.parametrize("actors", [1, 4])
def test_what_is_concluded(box, tmp_path, actors):
    plan = make_plan([box], str(tmp_path / "out"), SETTINGS)
    sample = Sample(Rates(2, 96, 48.0, 9600, 19200), Rates(16, 16, 4.0, 1000, 2000), 60.0)
    told = estimate_of(plan, sample, actors)
    assert told.seconds == pytest.approx((54 * 0.5 + 49 * 0.25) / actors)
    stills = sum(path.stat().st_size for path in box.iterdir() if path.suffix in (".png", ".zip"))
    assert told.bytes_out == 54 * 200 + 2 * stills + len(b"words")
    assert told.bytes_meanwhile == (45 if actors == 1 else 54) * 200


def test_the_command(box, tmp_path, temporary, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(temporary))
    before = tree(tmp_path)
    done = kinemacolor("plan", box, "--actors", 3)
    assert done.returncode == 0, done.errors
    assert "2 films, 40 stills, 1 archive, 1 other file" in done.output
    assert "103 frames in 10 units of work or more" in done.output
    assert "on 3 actors like this machine" in done.output
    assert "2 excerpts of 48 frames (" in done.output and "16 stills (" in done.output
    told = json.loads(kinemacolor("plan", box, "--json").output)
    assert told["units"] == 10 and told["frames"] == 103 and told["seconds"] > 0
    assert tree(tmp_path) == before


def test_what_is_there_is_left_out(box, tmp_path):
    out = tmp_path / "out"
    assert kinemacolor("colorize", box, "-o", out).returncode == 0
    told = json.loads(kinemacolor("plan", box, "-o", out, "--json").output)
    assert told["units"] == told["frames"] == told["bytes_in"] == told["seconds"] == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [(["--actors", "0"], 2, "--actors: 0"), ([], 1, "No estimate")],
)
def test_trouble(tmp_path, words, status, said):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    (tmp_path / "b.zip").write_bytes(b"PK\3\4broken")
    done = kinemacolor("plan", tmp_path, *words)
    assert done.returncode == status and said in done.output + done.errors
    assert Path(tmp_path, "a.png").exists() and len(list(tmp_path.iterdir())) == 2
