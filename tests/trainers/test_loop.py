"""Training: it learns, it can be killed, and it says what it made."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from models import weights
from models.recipe import Recipe, Stage
from trainers.loop import Training
from trainers.losses import LOSSES
from trainers.photos import PhotoSet, find_photos
from trainers.pictures import open_pictures
from trainers.pretrained import PretrainedError, load_encoder

RECIPE = Recipe(stages=(Stage(64, 4, 6), Stage(96, 2, 4)), encoder_weights="none", warmup=2)


def quiet(_: str) -> None:
    pass


def losses_of(folder) -> dict[int, str]:
    with (folder / "log.csv").open() as file:
        return {int(row["step"]): row["loss"] for row in csv.DictReader(file)}


def test_a_run_leaves_weights_log_and_description(photo_folder, tmp_path):
    photos = PhotoSet.scan(open_pictures([str(photo_folder)]))
    folder = tmp_path / "run"
    training = Training("kinema", RECIPE, photos, find_photos(photo_folder)[:2], folder)
    training.run(save_every=2, score_every=5, workers=0, report=quiet)
    loaded = weights.load(folder / "best.safetensors")
    assert loaded.variant == "kinema"
    assert Recipe.from_dict(loaded.metadata["recipe"]) == RECIPE
    assert loaded.metadata["photos"] == 7 and loaded.metadata["scores"]["ratio"] > 0
    assert json.loads((folder / "run.json").read_text())["left_out"]["toned"] == 1
    assert set(losses_of(folder)) == {2, 4, 5, 6, 8, 10}


def test_resumed_losses_equal_uninterrupted_ones(photo_folder, tmp_path):
    photos = PhotoSet.scan(open_pictures([str(photo_folder)]))
    whole = tmp_path / "whole"
    Training("kinema", RECIPE, photos, [], whole).run(save_every=1, workers=0, report=quiet)

    class Killed(Exception):
        pass

    halves = tmp_path / "halves"
    first = Training("kinema", RECIPE, photos, [], halves)
    learn = first._learn

    def learn_until_killed(lab):
        if first.step == 7:
            raise Killed
        return learn(lab)

    first._learn = learn_until_killed
    with pytest.raises(Killed):
        first.run(save_every=3, workers=0, report=quiet)
    second = Training("kinema", RECIPE, photos, [], halves, resume=True)
    assert second.step == 6
    second.run(save_every=1, workers=0, report=quiet)
    expected, got = losses_of(whole), losses_of(halves)
    assert {step: got[step] for step in range(7, 11)} == {s: expected[s] for s in range(7, 11)}
    a, b = (weights.load(f / "last.safetensors").network for f in (whole, halves))
    for one, other in zip(a.parameters(), b.parameters(), strict=True):
        assert torch.equal(one, other)


def test_sigkill_leaves_a_run_to_go_on_with(photo_folder, tmp_path):
    folder = tmp_path / "run"
    command = [
        sys.executable, "-m", "engine.cli", "train", "kinema", "--data", str(photo_folder),
        "--out", str(folder), "--encoder-weights", "none", "--save-every", "1", "--workers", "0",
        "--set", "stages=64x2x12",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (folder / "checkpoint.pt").exists() and process.poll() is None:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode != 0 and "--resume" in refused.stderr
    done = subprocess.run([*command, "--resume"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert weights.load(folder / "last.safetensors").metadata["step"] == 12


def test_losses_by_hand():
    predicted = torch.tensor([0.0, 5.0, 40.0]).expand(1, 3, 1, 3)
    true = torch.zeros(1, 3, 1, 3)
    assert LOSSES["l1"](predicted, true).item() == pytest.approx(15)
    assert LOSSES["mse"](predicted, true).item() == pytest.approx((25 + 1600) / 3)
    # Huber, corner 10, over 10: quadratic 5 ** 2 / 2, linear 10 * (40 - 5).
    assert LOSSES["huber"](predicted, true).item() == pytest.approx((12.5 + 350) / 3 / 10)


class TestPretrained:
    def test_rgb_filters_become_grey_and_hints_start_at_zero(self, tmp_path):
        from models.kinema import Kinema

        given = {}
        for name, value in Kinema().encoder.model.state_dict().items():
            if name.endswith("num_batches_tracked"):
                continue
            shape = (32, 3, 3, 3) if not given else value.shape
            given[f"other.{name}"] = torch.randn(shape)
        given["classifier.weight"] = torch.randn(10, 10)
        path = tmp_path / "encoder.pth"
        torch.save(given, path)
        network = Kinema()
        load_encoder(network, str(path))
        stem = next(iter(network.encoder.model.state_dict().values()))
        torch.testing.assert_close(stem[:, 0], given["other.conv_stem.weight"].sum(1))
        assert stem[:, 1:].abs().max() == 0

    def test_bad_files_are_one_line(self, tmp_path):
        from models.kinema import Kinema

        with pytest.raises(PretrainedError, match="no such file"):
            load_encoder(Kinema(), str(tmp_path / "absent.pth"))
        text = tmp_path / "text.pth"
        text.write_text("no weights")
        with pytest.raises(PretrainedError, match="not a PyTorch state dict"):
            load_encoder(Kinema(), str(text))
        other = tmp_path / "other.pth"
        torch.save({"w": torch.zeros(1)}, other)
        with pytest.raises(PretrainedError, match="1 tensors where"):
            load_encoder(Kinema(), str(other))

    def test_a_hub_that_cannot_be_reached_is_told(self, monkeypatch):
        from models.kinema import Kinema

        def offline(*args, **kwargs):
            raise OSError("no network")

        monkeypatch.setattr("trainers.pretrained.get_encoder", offline)
        with pytest.raises(PretrainedError, match="--encoder-weights PATH"):
            load_encoder(Kinema(), "imagenet")
