"""A job goes on under the software that it was begun with, and says which is another."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from kinemacolor.engine.jobs.state.software import other_versions
from kinemacolor.engine.machine import result_versions
from kinemacolor.engine.pipeline import worker as worker_module
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from tests.engine.fakes import still, tree
from tests.engine.job_runs import run
from tests.engine.tint import tinting_worker

SETTINGS = Settings(working_size=32, device="cpu", codec="ffv1", container="mkv")
NAMED = ("kinemacolor", "torch", "pyav", "opencv", "numpy", "imagecodecs", "ffmpeg", "libavcodec")


def test_all_that_makes_bytes_has_a_version():
    assert set(NAMED) <= set(result_versions())
    assert not {"python", "ray"} & set(result_versions())


def test_differences_in_words():
    was = {"opencv": "4.10.0", "numpy": "2.1.0", "gone": "1"}
    now = {"opencv": "4.12.0", "numpy": "2.1.0", "more": "1"}
    assert other_versions(was, now) == ["with OpenCV 4.10.0, not 4.12.0", "with gone 1, not none"]
    assert other_versions({}, now) == []


@pytest.fixture
def other(monkeypatch):
    """Changes the version of a library."""

    def change(name):
        versions = result_versions() | {name: "0.0.1"}
        monkeypatch.setattr(worker_module, "result_versions", lambda: versions)
        for module in ("record", "mixing"):
            place = f"kinemacolor.engine.jobs.state.{module}.result_versions"
            monkeypatch.setattr(place, lambda: versions)

    return change


@pytest.mark.parametrize("name", NAMED)
def test_the_fingerprint_has_every_version(monkeypatch, other, name):
    before = tinting_worker(monkeypatch).fingerprint
    assert tinting_worker(monkeypatch).fingerprint == before
    other(name)
    assert tinting_worker(monkeypatch).fingerprint != before


def test_a_job_does_not_go_on_under_another_version(tmp_path, monkeypatch, other):
    box, out = tmp_path / "box", tmp_path / "out"
    box.mkdir()
    (box / "a.png").write_bytes(still())
    run(box, out=out, worker=tinting_worker(monkeypatch), settings=SETTINGS)
    (box / "b.png").write_bytes(still(1))
    before = tree(out)
    other("opencv")
    said = r"made with OpenCV .*, not 0\.0\.1; go on with those versions"
    with pytest.raises(SettingsError, match=said):
        run(box, out=out, worker=tinting_worker(monkeypatch), settings=SETTINGS)
    assert tree(out) == before
    run(box, out=out, worker=tinting_worker(monkeypatch), settings=SETTINGS, overwrite=True)
    assert set(tree(out)) == {"a.png", "b.png"}


def test_a_result_names_its_libraries(monkeypatch):
    worker = tinting_worker(monkeypatch)
    [(_, content, _)] = worker.stills([("a.png", still)])
    xmp = Image.open(io.BytesIO(content)).info["XML:com.adobe.xmp"]
    xmp = xmp.decode() if isinstance(xmp, bytes) else xmp
    for name in NAMED:
        assert f"{name} {result_versions()[name]}" in xmp
