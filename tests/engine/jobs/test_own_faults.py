"""Whole jobs in which the program is at fault, or the network gives no colours."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from kinemacolor.engine.jobs.planning import assets
from kinemacolor.engine.media.stills import files, png
from kinemacolor.engine.settings import Settings
from kinemacolor.models.colorizer import Colorizer
from tests.engine.fakes import FakeWorker, still, tree, write_zip
from tests.engine.job_runs import run
from tests.engine.media.video.films import make_film
from tests.engine.tint import pan, tinting_worker, write_grey

SETTINGS = Settings(working_size=32, device="cpu", codec="ffv1", container="mkv")


@dataclass
class Flat(Colorizer):
    """A network that gives one number for all colours, from one picture on."""

    value: float
    size_multiple = 32

    def __post_init__(self):
        super().__init__()

    __hash__ = object.__hash__

    def forward(self, lightness, hints=None):
        return torch.full_like(lightness, self.value).expand(-1, 2, -1, -1)


def logged(out):
    (log,) = out.glob(".kinemacolor/*/log.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()]


def reason_of(done):
    (reason,) = done.failures.values()
    return reason


class TestFaults:
    @pytest.mark.parametrize(
        ("place", "name", "error"),
        [
            (png, "read", IndexError("list index out of range")),
            (png, "write", KeyError("gAMA")),
            (files, "_placed", TypeError("odd")),
            (files.xmp, "merged", AttributeError("no tag")),
            (png, "_chunks", ValueError("odd")),
        ],
    )
    def test_a_still_is_not_called_damaged(self, tmp_path, monkeypatch, place, name, error):
        def broken(*_, **__):
            raise error

        monkeypatch.setattr(place, name, broken)
        (tmp_path / "a.png").write_bytes(still())
        worker = tinting_worker(monkeypatch)
        done = run(tmp_path / "a.png", out=f"{tmp_path}/out/", worker=worker, settings=SETTINGS)
        reason = reason_of(done)
        assert f"unexpected {type(error).__name__}" in reason and "damaged" not in reason
        assert "kinemacolor/engine/" in reason and "please report it" in reason
        (event,) = [e for e in logged(tmp_path / "out") if e["event"] == "failed"]
        assert "Traceback" in event["traceback"] and "in broken" in event["traceback"]
        assert tree(tmp_path / "out") == {}

    def test_a_member_and_its_neighbours(self, tmp_path, monkeypatch):
        make_film(tmp_path / "reel.mkv")
        film = (tmp_path / "reel.mkv").read_bytes()
        write_zip(tmp_path / "box.zip", {"a.png": still(), "reel.mkv": film, "z.png": still(1)})

        def broken(*_):
            raise ZeroDivisionError("odd")

        monkeypatch.setattr(FakeWorker, "film", broken)
        done = run(tmp_path / "box.zip", out=tmp_path / "new.zip")
        assert set(done.failures) == {"reel.mkv"} and len(done.worker.colored) == 2
        assert "unexpected ZeroDivisionError" in done.failures["reel.mkv"]

    @pytest.mark.parametrize("place", ["_film", "_archive"])
    def test_a_plan_goes_on(self, tmp_path, monkeypatch, place):
        def broken(*_):
            raise LookupError("odd")

        monkeypatch.setattr(assets, place, broken)
        box = tmp_path / "box"
        box.mkdir()
        make_film(box / "reel.mkv")
        write_zip(box / "more.zip", {"b.png": still(1)})
        (box / "a.png").write_bytes(still())
        done = run(box, out=tmp_path / "out", settings=Settings(container="mkv"))
        (event,) = [e for e in done.events if e["event"] == "failed"]
        assert "unexpected LookupError in kinemacolor/engine/jobs/planning/" in event["reason"]
        assert "Traceback" in event["traceback"]
        assert len([e for e in done.events if e["event"] == "done" and "member" not in e]) == 2

    def test_writing_a_still(self, tmp_path, monkeypatch):
        def broken(*_):
            raise ZeroDivisionError("odd")

        monkeypatch.setattr("kinemacolor.engine.jobs.execution.unit_runner.refuse_taken", broken)
        (tmp_path / "a.png").write_bytes(still())
        done = run(tmp_path / "a.png", out=f"{tmp_path}/out/")
        assert "unit_runner.py:" in reason_of(done)
        assert "Traceback" in logged(tmp_path / "out")[-2]["traceback"]


@pytest.mark.parametrize(
    ("value", "said"), [(np.nan, "no numbers"), (np.inf, "no numbers"), (0.0, "no colour")]
)
class TestColorsThatAreNone:
    def test_a_still(self, tmp_path, monkeypatch, value, said):
        (tmp_path / "a.png").write_bytes(still())
        worker = tinting_worker(monkeypatch, Flat(value))
        done = run(tmp_path / "a.png", out=f"{tmp_path}/out/", worker=worker, settings=SETTINGS)
        assert said in reason_of(done) and tree(tmp_path / "out") == {}

    def test_a_film(self, tmp_path, monkeypatch, value, said):
        write_grey(tmp_path / "a.mkv", pan(6))
        worker = tinting_worker(monkeypatch, Flat(value))
        done = run(tmp_path / "a.mkv", out=f"{tmp_path}/out/", worker=worker, settings=SETTINGS)
        assert said in reason_of(done) and tree(tmp_path / "out") == {}

    def test_a_film_in_an_archive(self, tmp_path, monkeypatch, value, said):
        write_grey(tmp_path / "a.mkv", pan(6))
        film = (tmp_path / "a.mkv").read_bytes()
        write_zip(tmp_path / "box.zip", {"a.mkv": film})
        worker = tinting_worker(monkeypatch, Flat(value))
        done = run(tmp_path / "box.zip", out=tmp_path / "new.zip", worker=worker, settings=SETTINGS)
        assert said in reason_of(done)


def test_a_black_film_is_told(tmp_path, monkeypatch):
    write_grey(tmp_path / "a.mkv", [np.zeros((64, 96), np.uint8)] * 4)
    worker = tinting_worker(monkeypatch, Flat(0.0))
    done = run(tmp_path / "a.mkv", out=f"{tmp_path}/out/", worker=worker, settings=SETTINGS)
    (event,) = [e for e in done.events if e["event"] == "done"]
    assert any("black or white" in note for note in event["notes"])
