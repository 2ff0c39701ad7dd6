"""The table of other projects' networks, with a small one in their place."""

from benchmarks import peers
from kinemacolor.engine.settings import Settings


def test_a_row_for_each_size_with_a_film(monkeypatch):
    monkeypatch.setenv("KINEMACOLOR_CACHE", "")  # set to a folder of the measurement's own
    monkeypatch.setattr(peers, "alone", lambda work, *arguments: work(*arguments))
    monkeypatch.setattr(peers, "OWN_SIZES", {"landscape_resnet": 32})
    monkeypatch.setattr(peers, "_COMMON", 64)
    settings = Settings(device="cpu", precision="fp32", backend="eager")
    small, common = peers.measure(["landscape_resnet"], settings, calls=2, frames=3)
    assert (small["size"], common["size"]) == (32, 64)
    assert small["synthetic"] and small["parameters"] == 52_338
    for row in (small, common):
        assert 0 < row["ms_least"] <= row["ms"] and row["peak_megabytes"] > 100
        assert row["fps"] > 0 and row["film_cpu_ms"] > 0
        assert "landscape_resnet" in peers._line(row) and "frames a second" in peers._line(row)
