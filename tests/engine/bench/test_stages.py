"""The stages of films and stills, each measured alone."""

from __future__ import annotations

import time
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from benchmarks.reels import write_reel
from kinemacolor.engine.bench import stages
from kinemacolor.engine.bench.stages import Clock
from kinemacolor.engine.settings import Settings
from kinemacolor.models.weights import Loaded
from tests.engine.tint import Tint

SMALL = Settings(working_size=32, device="cpu")


@pytest.fixture
def tinted(monkeypatch):
    monkeypatch.setattr(stages, "load", lambda _: Loaded(Tint, "tint", "0" * 64, {}))


def test_clock_gives_each_stage_its_own_time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "process_time", lambda: now[0])
    clock = Clock()

    def spend(seconds):
        now[0] += seconds

    def numbers():
        for number in range(3):
            spend(1)
            yield number

    spend(100)  # no stage's
    for _ in clock.over("outer", (spend(5) for _ in clock.over("inner", numbers()))):
        spend(100)
        with clock.stage("last"):
            spend(2)
    assert clock.per(3) == {"inner": 1000, "outer": 5000, "last": 2000}


def test_every_stage_of_a_film_is_counted(tmp_path, tinted):
    write_reel(tmp_path / "in.mkv", 48, 64, 14)
    costs = stages.film_costs(tmp_path / "in.mkv", tmp_path, SMALL)
    assert tuple(costs) == stages.FILM_STAGES and min(costs.values()) > 0


def test_every_stage_of_stills_is_counted(tinted):
    stills = []
    for side in (40, 60):
        target = BytesIO()
        Image.fromarray(np.full((side, 50), 90, np.uint8)).save(target, "JPEG")
        stills.append(target.getvalue())
    costs = stages.still_costs(stills, SMALL)
    expected = {"decode", "lightness", "network", "recombination", "encode", "check"}
    assert set(costs) == expected
