"""A training that is stopped or killed goes on as if nothing had happened."""

import csv
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from typer.testing import CliRunner

from kinemacolor.cli.main import app
from kinemacolor.models import weights
from kinemacolor.models.errors import SettingsError
from kinemacolor.trainers.training import Interrupted, TrainingError
from kinemacolor.trainers.training.loop import Run
from kinemacolor.trainers.training.progress import Silence
from kinemacolor.trainers.training.ranks import Ranks
from kinemacolor.trainers.training.records import Records
from tests.trainers import tiny
from tests.trainers.tiny import table


def train(job, stop_after=None):
    calls = iter(range(1, 1000))
    run = Run(job, Ranks(), lambda: next(calls) == stop_after)
    run.train(Silence())
    return run.course


def assert_same_weights(one, other):
    a, b = (weights.load(f / "last.safetensors").network().state_dict() for f in (one, other))
    for name, value in a.items():
        assert torch.equal(value, b[name]), name


@pytest.mark.parametrize("stop_after", [1, 4, 7])
def test_losses_weights_and_scores_equal_an_uninterrupted_runs(job, tmp_path, stop_after):
    train(job("whole"))
    with pytest.raises(Interrupted, match=f"step {stop_after} of 10: .*--resume"):
        train(job("parts"), stop_after)
    left = weights.load(tmp_path / "parts" / "last.safetensors")
    assert left.metadata["step"] == stop_after
    train(job("parts", resume=True))
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert table(whole) == table(parts)
    assert table(whole, "scores.csv") == table(parts, "scores.csv")
    assert_same_weights(whole, parts)


def test_a_crash_loses_no_more_than_the_steps_since_the_checkpoint(job, tmp_path, monkeypatch):
    train(job("whole"))
    crashing = Run(job("parts", save_every=3), Ranks(), lambda: False)
    learn = crashing.learner.step

    def learn_until_crash(batch, number, rate):
        if number == 8:
            raise MemoryError
        return learn(batch, number, rate)

    monkeypatch.setattr(crashing.learner, "step", learn_until_crash)
    with pytest.raises(MemoryError):
        crashing.train(Silence())
    parts = tmp_path / "parts"
    with (parts / "log.csv").open("a") as file:
        file.write("9,32,0.0")  # torn by the crash
    (parts / ".checkpoint.pt.part").write_bytes(b"half of one")
    assert len(table(parts)) == 9
    train(job("parts", resume=True))
    assert table(tmp_path / "whole") == table(parts)
    assert_same_weights(tmp_path / "whole", parts)


def test_every_checkpoint_has_its_weights(job, tmp_path):
    with pytest.raises(Interrupted):
        train(job(), 2)
    folder = tmp_path / "run"
    assert not (folder / "best.safetensors").exists()  # nothing was scored yet
    one, other = (weights.load(folder / name) for name in ("last.safetensors", "checkpoint.pt"))
    assert one.metadata["step"] == other.metadata["step"] == 2
    for value, same in zip(one.network().parameters(), other.network().parameters(), strict=True):
        assert torch.equal(value, same)


def test_a_kill_during_scoring_leaves_the_weights(job, tmp_path, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("kinemacolor.trainers.training.loop.evaluate", killed)
    with pytest.raises(KeyboardInterrupt):
        train(job())
    assert weights.load(tmp_path / "run" / "last.safetensors").metadata["step"] == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"recipe": {"learning_rate": 0.02}}, "learning_rate 0.01, not 0.02"),
        ({"recipe": {"seed": 3}}, "seed 0, not 3"),
        ({"photos": tiny.Noise(7)}, "other photos"),
        ({"validation": None}, "other validation photos"),
        ({"score_every": 2}, "score_every 4, not 2"),
    ],
)
def test_another_training_is_not_resumed(job, changes, message):
    with pytest.raises(Interrupted):
        train(job(), 2)
    with pytest.raises(TrainingError, match=message) as error:
        train(job(resume=True, **changes))
    assert "\n" not in str(error.value) and "--init" in str(error.value)


def test_a_damaged_checkpoint_is_told(job, tmp_path):
    (tmp_path / "run").mkdir()
    path = tmp_path / "run" / "checkpoint.pt"
    path.write_bytes(b"no checkpoint")
    with pytest.raises(TrainingError, match="not a readable checkpoint"):
        train(job(resume=True))
    torch.save({"step": 3}, path)
    with pytest.raises(TrainingError, match="another version"):
        train(job(resume=True))


def test_resuming_where_nothing_was_begun_begins(job):
    assert train(job(resume=True)).step == 10


def test_records_are_cut_at_the_checkpoint_and_keep_every_bit(tmp_path):
    path = tmp_path / "log.csv"
    values = [0.1, 1 / 3, 2e-310, 123456789.123456789]
    one = Records(path, 0)
    for step, value in enumerate(values, start=1):
        one.append({"step": step, "loss": value})
    one.close()
    two = Records(path, 2)
    two.append({"step": 3, "loss": values[2]})
    two.close()
    with path.open() as file:
        assert [(int(r["step"]), float(r["loss"])) for r in csv.DictReader(file)] == list(
            enumerate(values[:3], start=1)
        )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_command_goes_on(photo_folder, tmp_path, number):
    out = tmp_path / "run"
    options = [
        "--data", str(photo_folder), "--val", "none", "--save-every", "1", "--device", "cpu",
        "--size", "32", "--batch", "2", "--steps", "60",
    ]  # fmt: skip
    start = ["train", "landscape_autoencoder", "--out", str(out), "--loaders", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "kinemacolor", *start, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 200
    while not (out / "checkpoint.pt").exists() and process.poll() is None:
        assert time.monotonic() < deadline, "there is no checkpoint yet"
        time.sleep(0.02)
    os.kill(process.pid, number)
    said = process.communicate(timeout=120)[1]
    assert weights.load(out / "last.safetensors").metadata["step"] >= 1
    if number != signal.SIGKILL:
        assert process.returncode == 130
        stopped, use, go_on = said.splitlines()[-3:]
        assert stopped.startswith("Stopped after step ")
        assert stopped.endswith(f"of 60; the weights so far are in {out}/last.safetensors")
        assert use.endswith(f"colorize SOURCE -o coloured/ --model {out}/last.safetensors")
        assert go_on.endswith(f"train landscape_autoencoder --out {out} --resume")
    again = CliRunner().invoke(app, [*start, *options])
    assert isinstance(again.exception, SettingsError) and "--resume" in str(again.exception)
    # Nothing but the folder need be said again.
    done = CliRunner().invoke(app, [*start, "--resume"])
    assert done.exit_code == 0, done.output
    assert [int(row["step"]) for row in table(out)] == list(range(1, 61))
    assert weights.load(out / "last.safetensors").metadata["step"] == 60


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_second_signal_stops_at_once_without_damage(photo_folder, tmp_path, number):
    out = tmp_path / "run"
    slow = ["--size", "512", "--batch", "32", "--steps", "60", "--save-every", "1"]
    words = ["train", "landscape_autoencoder", "--out", str(out), "--data", str(photo_folder)]
    process = subprocess.Popen(
        [sys.executable, "-m", "kinemacolor", *words, *slow, "--device", "cpu", "--loaders", "0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    said = []
    for awaited in ("training: 0 of 60", "stopping after this step"):
        while not (said and said[-1].startswith(awaited)):
            said.append(process.stderr.readline())
            assert said[-1], said  # it has ended
        os.kill(process.pid, number)
    said += process.communicate(timeout=120)[1].splitlines()
    assert process.returncode == 130, said
    assert any(line.startswith("Stopped at once; ") for line in said)
    assert not any("Traceback" in line for line in said)
    if (out / "last.safetensors").exists():
        weights.load(out / "last.safetensors").network()
