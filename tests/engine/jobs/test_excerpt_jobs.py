"""Jobs that colour an excerpt of every film, loose and in archives."""

from __future__ import annotations

import zipfile

import av
import pytest

from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from tests.engine.fakes import still
from tests.engine.job_runs import run
from tests.engine.tint import pan, tinting_worker, write_grey


def frames_of(path):
    with av.open(str(path)) as film:
        return sum(1 for _ in film.decode(video=0))


@pytest.fixture
def box(tmp_path):
    """A film of 40 frames, another of 8, the first in an archive as well, and a photo."""
    box = tmp_path / "box"
    box.mkdir()
    write_grey(box / "long.mkv", pan(40))
    write_grey(box / "short.mkv", pan(8))
    (box / "photo.png").write_bytes(still())
    with zipfile.ZipFile(box / "films.zip", "w") as archive:
        archive.write(box / "long.mkv", "inside.mkv")
    return box


def test_every_film_gives_its_part_and_one_that_ends_before_fails_alone(box, tmp_path, monkeypatch):
    settings = Settings(frames="10-29", codec="ffv1", working_size=32, device="cpu")
    worker = tinting_worker(monkeypatch, frames="10-29")
    done = run(box, out=tmp_path / "out", worker=worker, settings=settings)
    assert frames_of(tmp_path / "out/long.mkv") == 20
    with zipfile.ZipFile(tmp_path / "out/films.zip") as archive:
        archive.extract("inside.mkv", tmp_path)
    assert frames_of(tmp_path / "inside.mkv") == 20
    assert (tmp_path / "out/photo.png").exists()
    [reason] = done.failures.values()
    assert done.names(State.FAILED) == [str(box / "short.mkv")] and "has 8 frames" in reason
    assert not (tmp_path / "out/short.mkv").exists()
    assert done.progress.done == done.progress.total == 41


def test_an_excerpt_without_a_film_is_a_mistake(box, tmp_path):
    with pytest.raises(SettingsError, match="are of films, and there is none"):
        make_plan([box / "photo.png"], str(tmp_path / "out"), Settings(from_time=1))


@pytest.mark.parametrize(
    "asked",
    [
        {"frames": "9-3"},
        {"frames": "all"},
        {"frames": "1-2", "to_time": 3.0},
        {"from_time": 2.0, "to_time": 2.0},
        {"from_time": -1.0},
    ],
)
def test_an_impossible_excerpt_is_refused_at_once(asked):
    with pytest.raises(SettingsError, match=r"^(frames|from_time|to_time)"):
        Settings(**asked)


def test_a_film_of_which_nothing_could_be_done_leaves_no_records(box, tmp_path, monkeypatch):
    worker = tinting_worker(monkeypatch, frames="10-29")
    out = f"{tmp_path}/out/"
    done = run(box / "short.mkv", out=out, worker=worker, settings=worker.settings)
    assert done.failures and not (tmp_path / "out/.kinemacolor").exists()
