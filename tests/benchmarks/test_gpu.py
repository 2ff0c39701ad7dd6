"""What measures a GPU also runs on a CPU, where its figures are only plausible."""

import subprocess
import sys

import pytest
import torch

from benchmarks import gpu

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def found() -> dict:
    return gpu.peaks(CPU, scale=1 / 64)


def test_peaks_are_positive(found):
    assert set(found) == {"bf16_tflops", "memory_gb_s", "upload_gb_s"}
    assert all(0 < value < 1e5 for value in found.values())


def test_networks_are_timed_or_said_to_be_skipped(found, monkeypatch):
    monkeypatch.setattr(gpu, "BUILT_IN", {})
    rows = list(gpu.network_rows("kinema", CPU, ((64, 64),), found["bf16_tflops"]))
    assert [row["precision"] for row in rows] == list(gpu.PRECISIONS)
    timed = [row for row in rows if "skipped" not in row]
    assert {row["precision"] for row in timed} >= {"fp32"}
    assert all(row["pictures_s"] > 0 and row["of_bf16_peak"] > 0 for row in timed)
    assert all("does not compute" in row["skipped"] for row in rows if row not in timed)


def test_recombination_is_timed(found):
    (row,) = gpu.recombination_rows(CPU, ((96, 128),), found)
    assert row["frames_s"] > 0 and row["cpu_ms"] > 0


def test_what_is_timed_is_done_and_warmed_up():
    calls = []
    assert gpu.timed(lambda: calls.append(1), CPU, seconds=0.01) < 0.01
    assert len(calls) > 4


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_it_says_so():
    run = [sys.executable, "-m", "benchmarks.gpu"]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "no such CUDA device" in done.stderr
