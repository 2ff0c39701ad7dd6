"""The table of backends, on a small network and a small size."""

from benchmarks import backends
from engine.settings import Settings


def test_a_row_each_and_a_reason_where_one_is_missing(monkeypatch):
    monkeypatch.setenv("KINEMACOLOR_CACHE", "")  # set to a folder of the measurement's own
    monkeypatch.setattr(backends, "_alone", lambda work, *arguments: work(*arguments))
    settings = Settings(device="cpu", precision="fp32")
    rows = backends.measure(["landscape_resnet"], ["eager", "tensorrt"], settings, (32, 32), 2)
    eager, tensorrt = rows
    assert eager["problem"] == "" and eager["p99"] < 0.1 and not eager["own_weights"]
    assert 0 < eager["ms_least"] <= eager["ms"] and eager["peak_megabytes"] > 100
    assert tensorrt["problem"] == "needs an NVIDIA GPU" and "ms" not in tensorrt
