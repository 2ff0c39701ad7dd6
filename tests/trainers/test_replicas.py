"""Replicas are trainings of their own, and their mean is what they are for."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from kinemacolor.cli.main import app
from kinemacolor.models import weights
from kinemacolor.models.catalog import build
from kinemacolor.models.errors import SettingsError
from kinemacolor.trainers.errors import TrainingError
from kinemacolor.trainers.request import Request
from kinemacolor.trainers.training.prepare import prepare
from kinemacolor.trainers.training.replicas import train_replicas

NETWORK = "landscape_autoencoder"


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for n in range(6):
        small = rng.integers(0, 255, (5, 6, 3), np.uint8)
        Image.fromarray(small).resize((96, 80), Image.Resampling.BICUBIC).save(folder / f"{n}.png")
    torch.manual_seed(1)
    weights.save(build(NETWORK), tmp_path / "first.safetensors", NETWORK, metadata={})
    return folder


def command(photos, out, *more):
    return [
        *("train", NETWORK, "--data", str(photos), "--out", str(out), "--size", "32"),
        *("--init", str(photos.parent / "first.safetensors")),
        *("--batch", "2", "--device", "cpu", "--set", "precision=fp32", *more),
    ]


def state(file):
    return weights.load(file).network().state_dict()


def test_the_mean_of_two(photos, tmp_path):
    out = tmp_path / "run"
    request = Request(
        variant=NETWORK,
        out=out,
        data=[str(photos)],
        changes=("precision=fp32",),
        stages={"size": 32, "batch": 2, "steps": 2},
        init=str(tmp_path / "first.safetensors"),
        device="cpu",
        replicas=2,
    )
    course = train_replicas(prepare(request), niceness=0)
    assert (course.step, course.crops) == (2, 8)
    one, other = (state(out / f"replica-{n}" / "last.safetensors") for n in (1, 2))
    mean = state(out / "last.safetensors")
    changed = 0
    for name, value in mean.items():
        if value.is_floating_point():
            changed += not torch.equal(one[name], other[name])
            torch.testing.assert_close(value, (one[name] + other[name]) / 2)
    assert changed
    assert "scores" in weights.load(out / "best.safetensors").metadata
    again = CliRunner().invoke(app, command(photos, out, "--steps", "2", "--replicas", "2"))
    assert isinstance(again.exception, SettingsError)
    assert "holds a training already" in str(again.exception)


@pytest.mark.slow  # beside other tests, its children have the lowest priority
def test_killed_it_goes_on(photos, tmp_path):
    """Its children end by themselves, too, and leave checkpoints."""
    out = tmp_path / "run"
    asked = command(photos, out, "--hours", "0.01", "--replicas", "2", "--val", "none")
    asked += ["--save-every", "1"]
    whole = subprocess.Popen([sys.executable, "-m", "kinemacolor", *asked])
    places = [out / f"replica-{n}" / "checkpoint.pt" for n in (1, 2)]
    until = time.monotonic() + 240
    while not all(place.exists() for place in places):
        assert whole.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    whole.send_signal(signal.SIGKILL)
    whole.wait()
    before = [torch.load(place, weights_only=True)["course"]["step"] for place in places]
    done = subprocess.run(
        [sys.executable, "-m", "kinemacolor", "train", NETWORK, "--out", str(out), "--resume"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr
    after = [torch.load(place, weights_only=True)["course"]["step"] for place in places]
    assert all(late >= early for late, early in zip(after, before, strict=True))
    assert (out / "best.safetensors").is_file()


@pytest.mark.slow  # as above
def test_a_second_signal_ends_it_at_once(photos, tmp_path):
    out = tmp_path / "run"
    asked = command(photos, out, "--hours", "1", "--replicas", "2", "--val", "none")
    whole = subprocess.Popen([sys.executable, "-m", "kinemacolor", *asked])
    until = time.monotonic() + 240
    while not (out / "replica-1" / "log.csv").is_file():
        assert whole.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    for _ in range(2):
        whole.send_signal(signal.SIGINT)
        time.sleep(0.05)  # too short for the replicas to be told of the first
    assert whole.wait(120) == 130


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--hours", "1", "--steps", "5"), "--hours and --steps"),
        (("--hours", "0"), "more than 0"),
        (("--hours", "1", "--workers", "2"), "do not go together"),
        (("--replicas", "2", "--workers", "2"), "do not go together"),
    ],
)
def test_what_does_not_go_together(photos, tmp_path, more, words):
    done = CliRunner().invoke(app, command(photos, tmp_path / "run", *more))
    assert isinstance(done.exception, SettingsError)
    assert words in str(done.exception)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--replicas", "2"), "--replicas 2: .* was begun with --replicas 1; leave it out"),
        (("--hours", "2"), "--hours 2: .* was begun with --hours 1;"),
        (("--steps", "5"), "--steps: .* was begun with --hours 1;"),
    ],
)
def test_what_goes_on_keeps_its_length_and_its_replicas(photos, tmp_path, more, words):
    begun = {"variant": NETWORK, "seconds": 3600.0, "replicas": 1, "data": [str(photos)]}
    begun |= {"recipe": {}, "val": None, "init": None}
    (tmp_path / "run").mkdir()
    (tmp_path / "run/run.json").write_text(json.dumps(begun))
    asked = ["train", NETWORK, "--out", str(tmp_path / "run"), "--resume", *more]
    done = CliRunner().invoke(app, asked)
    assert isinstance(done.exception, SettingsError)
    assert re.search(words, str(done.exception))


def test_what_is_refused_changes_no_run(photos, tmp_path):
    asked = Request(
        variant=NETWORK,
        out=tmp_path / "run",
        data=[str(photos)],
        val=["none"],
        changes=("precision=fp32",),
        stages={"size": 32, "batch": 2},
        init=str(tmp_path / "first.safetensors"),
        device="cpu",
        replicas=2,
        hours=1e-9,
    )
    course = train_replicas(prepare(asked), niceness=0)
    assert course.step == 1  # however short the time is
    before = (tmp_path / "run/run.json").read_text()
    other = replace(asked, data=[str(photos), str(photos / "0.png")], resume=True)
    with pytest.raises(TrainingError, match="other photos"):
        train_replicas(prepare(other), niceness=0)
    assert (tmp_path / "run/run.json").read_text() == before


def test_first_weights_of_their_own(photos, tmp_path):
    """The mean of networks that have nothing in common is of no use."""
    asked = ["train", NETWORK, "--data", str(photos), "--out", str(tmp_path / "run")]
    done = CliRunner().invoke(app, [*asked, "--replicas", "2"])
    assert isinstance(done.exception, SettingsError)
    assert "same weights" in str(done.exception)


@pytest.mark.skipif(not hasattr(os, "nice"), reason="this system has no niceness")
def test_replicas_give_way_to_other_sessions_too():
    code = (
        "import os; from kinemacolor.trainers.training.replicas import _give_way; _give_way(7);"
        "print(os.nice(0), os.getsid(0) == os.getpid())"
    )
    before = os.nice(0)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == [str(min(19, before + 7)), "True"]
