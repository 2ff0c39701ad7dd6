"""The seeds' table: runs that go on, figures beside the published ones, landscapes by rule."""

from __future__ import annotations

import json
import signal
import sys

import cv2
import numpy as np
import pytest

from benchmarks import seeds
from benchmarks.landscapes import is_landscape, pack_landscapes
from benchmarks.seeds import Run, Sources, table, train
from kinemacolor.models.catalog import CATALOG
from kinemacolor.trainers.errors import TrainingError
from kinemacolor.trainers.pictures import DataError, open_pictures

TINY = ("--steps", "2", "--size", "32", "--batch", "2", "--device", "cpu")


def land(seed=0, *, sky=225):
    """A smooth bright sky over green and brown detail."""
    rng = np.random.default_rng(seed)
    rgb = np.empty((60, 90, 3), np.uint8)
    rgb[:22] = (sky - 40, sky - 10, sky)
    noise = cv2.resize(rng.random((19, 45, 2)).astype(np.float32), (90, 38))
    rgb[22:, :, :2] = (noise * np.array([80, 110]) + (20, 40)).astype(np.uint8)
    rgb[22:, :, 2] = 30
    return rgb


def test_landscapes_are_told():
    assert is_landscape(land())
    assert not is_landscape(np.ascontiguousarray(land()[::-1]))  # dark above
    assert not is_landscape(np.ascontiguousarray(land().transpose(1, 0, 2)))  # upright
    red = land()
    red[30:50, 20:60] = (200, 20, 30)
    assert not is_landscape(red)


def test_landscapes_are_packed(tmp_path):
    (tmp_path / "photos").mkdir()
    for seed in range(3):
        cv2.imwrite(str(tmp_path / f"photos/{seed}.png"), land(seed)[..., ::-1])
    cv2.imwrite(str(tmp_path / "photos/other.png"), land()[::-1, :, ::-1])
    pack_landscapes([str(tmp_path / "photos")], tmp_path / "land.pack")
    assert len(open_pictures([str(tmp_path / "land.pack")])) == 3


def test_runs_are_of_known_networks_and_have_names_of_their_own():
    names = [run.name for run in seeds.RUNS]
    assert len(set(names)) == len(names)
    for run in seeds.RUNS:
        assert run.network in CATALOG


def test_a_run_is_trained_scored_and_kept(tmp_path, monkeypatch, capsys):
    run = Run("landscape_resnet", "abstract:fluid:4", "agreement", "0.719", TINY)
    monkeypatch.setattr(seeds, "RUNS", (run,))
    monkeypatch.setattr(seeds.torch, "set_num_threads", lambda _: None)
    words = ["seeds", "--photos", "x", "--val", "y", "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", words)
    seeds.main()
    [row] = json.loads((tmp_path / "out/seeds.json").read_text())["results"]
    assert (row["run"], row["crops"], row["published"]) == ("landscape_resnet", 4, "0.719")
    assert "| landscape_resnet | in full | 4 | agreement | 0.719 |" in capsys.readouterr().out
    assert (tmp_path / "out/landscape_resnet/curves.png").is_file()
    monkeypatch.setattr(seeds, "train", lambda *_: pytest.fail("trained again"))
    seeds.main()


@pytest.mark.parametrize(("own", "hours"), [(0.0, 1.5), (3.0, 1.5), (0.5, 0.5)])
def test_a_slow_machine_gives_a_run_less_time(tmp_path, monkeypatch, own, hours):
    monkeypatch.setattr(seeds, "RUNS", (Run("deep_cnn", "abstract:fluid:4", "ratio", hours=own),))
    monkeypatch.setattr(seeds.torch, "set_num_threads", lambda _: None)
    words = ["seeds", "--photos", "x", "--val", "y", "--out", str(tmp_path), "--at-most", "1.5"]
    monkeypatch.setattr(sys, "argv", words)
    given = []
    monkeypatch.setattr(seeds, "train", lambda run, *_: given.append(run.hours))
    seeds.main()
    assert given == [hours]


def test_a_stopped_run_goes_on_and_a_failed_one_is_told(tmp_path, monkeypatch):
    run = Run("landscape_resnet", "abstract:fluid:4", "agreement", hours=0.5, seed=3)
    called, signals, ends = [], [], [KeyboardInterrupt, 130]

    class Training:
        send_signal = signals.append

        def __init__(self, words, **_):
            called.append(words)

        def wait(self):
            end = ends.pop(0)
            if end is KeyboardInterrupt:
                raise end
            return end

    monkeypatch.setattr(seeds.subprocess, "Popen", Training)
    sources = Sources(["x"], ["y"], tmp_path)
    assert train(run, sources, tmp_path) is None
    assert signals == [signal.SIGINT]
    assert {"--hours", "0.5", "--seed", "3"} <= set(called[0]) and "--resume" not in called[0]
    (tmp_path / "landscape_resnet-3").mkdir()
    (tmp_path / "landscape_resnet-3/checkpoint.pt").touch()
    ends[:] = [1]
    with pytest.raises(TrainingError, match="its training failed"):
        train(run, sources, tmp_path)
    assert called[1][-1] == "--resume"


def test_the_table_says_what_grey_has():
    scores = {"psnr": 30.1, "psnr_grey": 22.0, "ratio": 0.3}
    row = {
        "run": "hint_unet-1", "network": "hint_unet", "hours": 0.5, "crops": 12345,
        "measure": "psnr", "published": "30.94 dB", "megabytes": 29.0, "scores": scores,
    }  # fmt: skip
    assert table([row]).splitlines()[2] == (
        "| hint_unet-1 | 0.5 h | 12,345 | psnr | 30.94 dB | 30.1 | 22 | 0.300 | 29.0 |"
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [(["--at-most", "-1"], "must be more than 0"), ([], "nope: not found; give a folder")],
)
def test_what_is_wrong_is_one_line(tmp_path, monkeypatch, capsys, more, words):
    asked = ["seeds", "--photos", "nope", "--val", "nope", "--out", str(tmp_path), *more]
    monkeypatch.setattr(sys, "argv", [*asked, "--only", "landscape_unet"])
    monkeypatch.setattr(seeds.torch, "set_num_threads", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        seeds.main()
    assert ended.value.code and words in capsys.readouterr().err


def test_photos_without_a_landscape_are_refused(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    cv2.imwrite(str(folder / "0.png"), np.full((50, 60, 3), 90, np.uint8))
    with pytest.raises(DataError, match="none of 1 photos looks like a landscape"):
        pack_landscapes([str(folder)], tmp_path / "all.pack")
