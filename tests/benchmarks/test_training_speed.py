"""The speed of training is that of real crops and real steps, on whatever device there is."""

import subprocess
import sys

from benchmarks.training_speed import measure
from kinemacolor.models.recipe import Stage


def test_loaders_network_and_both_are_timed():
    shapes = [Stage(64, 2, steps=1), Stage(32, 4, steps=1)]
    rows = list(measure("cpu", "kinema", shapes, loaders=0, steps=2, pictures=4))
    assert [(row["size"], row["batch"], row["loaders"]) for row in rows] == [(64, 2, 0), (32, 4, 0)]
    for row in rows:
        speeds = [row[f"{name}_crops_s"] for name in ("loader_alone", "loaders", "step", "both")]
        assert all(0 < speed < 1e6 for speed in speeds)


def test_without_the_device_it_says_so():
    run = [sys.executable, "-m", "benchmarks.training_speed", "--device", "cuda:77"]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "no such CUDA device" in done.stderr
