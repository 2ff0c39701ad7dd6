"""The table of backends, on a small network and a small size."""

import numpy as np

from benchmarks import backends
from benchmarks.synthetic_weights import weights_file
from kinemacolor.engine.backends.parity import probes, reference
from kinemacolor.engine.settings import Settings
from kinemacolor.models import weights
from kinemacolor.models.weights_files import find


def test_a_row_each_and_a_reason_where_one_is_missing(monkeypatch):
    monkeypatch.setenv("KINEMACOLOR_CACHE", "")  # set to a folder of the measurement's own
    monkeypatch.setattr(backends, "alone", lambda work, *arguments: work(*arguments))
    settings = Settings(device="cpu", precision="fp32")
    rows = backends.measure(["landscape_resnet"], ["eager", "tensorrt"], settings, (32, 32), 2)
    eager, tensorrt = rows
    assert eager["problem"] == "" and eager["p99"] < 0.1 and not eager["own_weights"]
    assert 0 < eager["ms_least"] <= eager["ms"] and eager["peak_megabytes"] > 100
    assert tensorrt["problem"] == "needs an NVIDIA GPU" and "ms" not in tensorrt


def test_synthetic_weights_predict_plausible_colors(tmp_path):
    assert weights_file("kinema", tmp_path) == find("kinema")
    file = weights_file("deep_cnn", tmp_path)
    ab = np.stack(reference(weights.load(file).network(), probes((64, 64))))
    assert ab.std(axis=(1, 2)).min() > 0.1 and np.abs(ab).max() < 200
