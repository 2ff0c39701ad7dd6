"""`kinemacolor bench`: what it measures, and how it tells it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import kinemacolor
from kinemacolor import _bench
from kinemacolor.cli.main import app
from kinemacolor.engine.bench.stages import FILM_STAGES
from kinemacolor.models.errors import KinemacolorError, SettingsError, WeightsError

MEASURED = {
    "model": "kinema",
    "backend": "eager",
    "start_seconds": 2.0,
    "fps": 30.04,
    "cpu_ms": 60.0,
    "stage_cpu_ms": {"index": 4.0, "network": 12.5},
    "stills_per_second": 5.5,
    "still_cpu_ms": 300.0,
    "peak_bytes": 1_234_000_000,
    "peak_bytes_stills": 1_300_000_000,
    "load_before": 0.2,
    "machine": {
        "processor": "Some Processor",
        "cores": 2,
        "amx": False,
        "avx512_bf16": True,
        "gpu": None,
        "python": "3.11",
        "torch": "2.13",
        "opencv": "5.0",
        "pyav": "18.1",
    },
}


@pytest.fixture
def measured(monkeypatch):
    """Takes the place of the process that measures; gets what it is asked for."""
    asked = []

    def answer(request):
        asked.append(request)
        return MEASURED | changes

    changes: dict = {}
    monkeypatch.setattr(_bench, "_in_own_process", answer)
    return asked, changes


def run(*words: str):
    return CliRunner().invoke(app, ["bench", *words])


def test_measures_jobs_and_every_stage():
    found = kinemacolor.bench((64, 48), quick=True)
    assert tuple(found.stage_cpu_ms) == FILM_STAGES and min(found.stage_cpu_ms.values()) >= 0
    assert found.fps > 0 and found.stills_per_second > 0 and found.cpu_ms > 0
    assert found.peak_bytes_stills >= found.peak_bytes > 100e6
    assert found.backend != "auto" and found.size == "64x48" and found.quick


def test_errors_of_the_other_process_are_raised_here():
    with pytest.raises(WeightsError, match="no-such-network"):
        kinemacolor.bench((64, 48), settings=kinemacolor.Settings(model="no-such-network"))


def test_a_process_that_dies_is_told(monkeypatch):
    monkeypatch.setattr(_bench.sys, "executable", "/bin/false")
    with pytest.raises(KinemacolorError, match="ended early, with status 1"):
        kinemacolor.bench((64, 48))


@pytest.mark.parametrize("size", [(0, 48), (64, 47), (64, 10000)])
def test_impossible_sizes(size):
    with pytest.raises(SettingsError, match="use two even numbers"):
        kinemacolor.bench(size)


class TestCommand:
    def test_prints_one_line(self, measured):
        result = run()
        assert result.exit_code == 0
        [line] = result.stdout.splitlines()
        assert line == kinemacolor.bench().line
        for part in (
            f"kinemacolor {kinemacolor.__version__}, bench 1, 640x480: 30.0 frames/s, ",
            "5.50 stills/s, 60.0 ms CPU a frame (stages alone: index 4.0, network 12.5), 1234 MB, ",
            "kinema by eager on Some Processor, 2 cores, AVX512-bf16; Python 3.11, PyTorch 2.13",
        ):
            assert part in line

    def test_a_quick_one_says_so(self, measured):
        assert "bench 1 quick, 64x48:" in run("--quick", "--size", "64x48").stdout

    def test_asks_for_what_was_said(self, measured):
        run("--size", "64x48", "--model", "msau_net", "--device", "cpu")
        [(size, settings, amount)], _ = measured
        assert size == (64, 48) and amount.frames == 360
        assert (settings.model, settings.device, settings.backend) == ("msau_net", "cpu", "auto")

    def test_a_busy_machine_is_told(self, measured):
        assert "busy" not in run().stderr
        measured[1]["load_before"] = 1.5
        assert "busy with other work (load 1.5)" in run().stderr

    def test_json_has_all_of_it(self, measured, tmp_path):
        result = run("--json", "--report", str(tmp_path / "bench.json"))
        assert result.stderr == ""
        found = json.loads(result.stdout)
        assert found.items() >= MEASURED.items() and found["media"] == 1
        assert json.loads((tmp_path / "bench.json").read_text()) == found

    @pytest.mark.parametrize("size", ["640", "axb", "3x5"])
    def test_a_wrong_size(self, size):
        result = run("--size", size)
        assert isinstance(result.exception, SettingsError)
