"""The throughput benchmark on tiny films and stills: what it counts; and that jobs are whole."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
from PIL import Image

from benchmarks import naive, throughput, whole_job
from benchmarks.photo_archive import photos
from benchmarks.reels import write_reel
from benchmarks.whole_job import Spent
from kinemacolor.engine.bench import stages
from kinemacolor.engine.bench.media import write_photos
from kinemacolor.engine.settings import Settings
from kinemacolor.models.weights import Loaded
from tests.engine.media.video.films import pictures_of
from tests.engine.tint import Tint

SMALL = Settings(working_size=32, device="cpu")


@pytest.fixture
def tinted(monkeypatch):
    for module in (stages, naive):
        monkeypatch.setattr(module, "load", lambda _: Loaded(Tint, "tint", "0" * 64, {}))


def test_photos_are_of_many_sizes_and_as_many_as_asked_for(tmp_path):
    write_photos(tmp_path / "photos.zip", photos(3))
    with zipfile.ZipFile(tmp_path / "photos.zip") as archive:
        sizes = [Image.open(archive.open(name)).size for name in archive.namelist()]
    assert [round(w * h / 1e6) for w, h in sizes] == [2, 7, 12]
    many = photos(19)
    assert len(many) == 19 and len(set(many)) == 16


def test_a_whole_job_is_the_command_itself(tmp_path):
    write_reel(tmp_path / "in.mkv", 48, 64, 9)
    spent = whole_job.spent_on(whole_job.color_whole, tmp_path / "in.mkv", tmp_path / "out", SMALL)
    assert spent.wall > 0 and spent.cpu > 0 and spent.peak > 100e6
    assert len(pictures_of(tmp_path / "out" / "in.mkv")) == 9
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["in.mkv"]


def test_a_whole_job_that_fails_is_no_figure(tmp_path):
    (tmp_path / "in.mkv").write_bytes(b"no film")
    with pytest.raises(RuntimeError, match="status 1"):
        whole_job.color_whole(tmp_path / "in.mkv", tmp_path / "out", SMALL)


def test_the_naive_script_gives_a_film_with_colors(tmp_path, tinted):
    write_reel(tmp_path / "in.mkv", 48, 64, 5)
    naive.color_naively(tmp_path / "in.mkv", tmp_path, "tint", 32)
    pictures = pictures_of(tmp_path / "naive.mkv")
    assert len(pictures) == 5
    assert np.abs(pictures[2].planes[1].astype(int) - 128).mean() > 3


def test_efficiency_is_speed_over_that_of_the_stages(monkeypatch):
    monkeypatch.setattr(throughput, "machine", lambda: {"cores": 2})
    row = throughput._rates(Spent(wall=1, cpu=1.5, peak=7e6), 90, {"a": 15.0, "b": 5.0}, "fps")
    assert row["fps"] == 90 and row["bound_fps"] == 100 and row["efficiency"] == 0.9
    assert row["holds"] and row["peak_mb"] == 7
    assert not throughput._rates(Spent(1.2, 1.5, 0), 90, {"a": 20.0}, "fps")["holds"]
