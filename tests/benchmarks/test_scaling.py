"""Large jobs and jobs in actors are measured as they are said to be."""

from __future__ import annotations

import json

import pytest

from benchmarks import ray_jobs, scaling
from benchmarks.large_jobs import measure_plans
from kinemacolor.engine.jobs.planning.unit_maker import BATCH


def test_plans(capsys):
    found = measure_plans(3 * BATCH)
    assert found["stills"] == found["units"] == 3 * BATCH and found["batch"] == BATCH
    assert found["made_seconds"] > 0 and found["resumed_seconds"] > 0
    assert 10e6 < found["peak_bytes"] < 500e6 and found["peak_bytes_of_units"] > 10e6
    assert "MB  half done" in capsys.readouterr().out


@pytest.mark.slow
def test_actors(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(ray_jobs, "SIZE", (64, 64))
    words = ["--films", "1", "--frames", "8", "--repeats", "1", "--actors", "1", "2"]
    words += ["--wait", "0.2", "--units", "2", "--parts", "fps", "network", "film"]
    words += ["--film-actors", "2", "--film-frames", "4000"]
    monkeypatch.setattr("sys.argv", ["scaling", *words, "--json", str(tmp_path / "s.json")])
    scaling.main()
    found = json.loads((tmp_path / "s.json").read_text())["results"]
    assert found["fps"]["inline_fps"] > 0 and found["fps"]["ray_fps"] > 0
    assert [row["actors"] for row in found["network"]["rows"]] == [1, 2]
    assert all(0 < row["efficiency"] < 1 for row in found["network"]["rows"])
    assert found["network"]["simulated"] and found["film"]["simulated"]
    [row] = found["film"]["rows"]
    assert 0 < row["in one go"]["efficiency"] < row["by ranges"]["efficiency"] < 1


@pytest.mark.parametrize(
    ("part", "found", "holds"),
    [
        ("fps", {"ratio": 0.951}, True),
        ("fps", {"ratio": 0.949}, False),
        ("network", {"rows": [{"efficiency": 0.97}, {"efficiency": 0.94}]}, False),
        (
            "film",
            {
                "rows": [
                    {"actors": 16, "by ranges": {"efficiency": 0.91}},
                    {"actors": 32, "by ranges": {"efficiency": 0.8}},
                ]
            },
            True,
        ),
        ("film", {"rows": [{"actors": 16, "by ranges": {"efficiency": 0.89}}]}, False),
        ("plan", {"made_seconds": 8, "resumed_seconds": 9, "peak_bytes_of_units": 4e8}, True),
        ("plan", {"made_seconds": 8, "resumed_seconds": 11, "peak_bytes_of_units": 4e8}, False),
    ],
)
def test_bars(part, found, holds):
    assert scaling.holds(part, found) == holds
