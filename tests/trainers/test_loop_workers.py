"""Several workers learn what one would."""

import csv
import json
import socket
import subprocess
import sys

import pytest
import tiny
import torch
import torch.distributed as dist
from torch import nn

from models import weights
from models.recipe import Recipe
from trainers.photos import Crops, StepSampler
from trainers.training.errors import TrainingError, one_line
from trainers.training.learner import Learner
from trainers.training.ranks import Ranks

STEPS = 3


def learn(ranks, accumulate=1):
    """Losses, and the gradients and weights after three steps, of one worker's shares."""
    changes = {"accumulate": accumulate, "clip": 1.0, "ema": 0.5, "hints": [0.1]}
    recipe = Recipe.from_dict(tiny.RECIPE.to_dict() | changes)
    torch.manual_seed(ranks.rank)  # worker 0's first weights count
    learner = Learner(tiny.Tiny(dropout=0.0), recipe, torch.device("cpu"), ranks)
    crops = Crops(tiny.Noise(), recipe)
    batches = iter(StepSampler(6, recipe, 0, rank=ranks.rank, world=ranks.world))
    steps = []
    for number in range(STEPS):
        batch = torch.stack([crops[key] for key in next(batches)])
        assert len(batch) == 4 // ranks.world
        steps.append(learner.step(batch, number, 0.01))
    gradients = [p.grad.clone() for p in learner.network.parameters()]
    return steps, gradients, learner.average.state_dict()


def work(rank, port, folder):
    torch.set_num_threads(1)
    address = f"tcp://127.0.0.1:{port}"
    dist.init_process_group("gloo", init_method=address, rank=rank, world_size=2)
    ranks = Ranks.of_process()
    assert ranks.told(rank) == 0
    assert ranks.any(rank == 1, torch.device("cpu"))
    torch.save([learn(ranks, accumulate) for accumulate in (1, 2)], f"{folder}/{rank}.pt")
    dist.destroy_process_group()


def test_two_workers_with_half_the_batch_learn_as_one(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(work, (port, str(tmp_path)), nprocs=2)
    steps, gradients, average = learn(Ranks())
    shared = [torch.load(tmp_path / f"{rank}.pt", weights_only=False) for rank in range(2)]
    for theirs in (*shared[0], *shared[1]):  # with one part a step, and with two
        for one, other in zip(steps, theirs[0], strict=True):
            assert one == pytest.approx(other, rel=1e-5)
        for one, other in zip(gradients, theirs[1], strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
        for name, value in average.items():
            torch.testing.assert_close(value, theirs[2][name], rtol=1e-4, atol=1e-6)


def run(folder, photos, *more):
    return subprocess.run(
        [
            sys.executable, "-m", "engine.cli", "train", "kinema", "--data", str(photos),
            "--val", "none", "--out", str(folder), "--encoder-weights", "none",
            "--device", "cpu", "--loaders", "0", "--workers", "2", *more,
        ],
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip


def test_ray_trains_with_two_workers_and_goes_on(photo_folder, tmp_path):
    folder = tmp_path / "run"
    shape = ["--size", "32", "--batch", "4", "--steps", "4"]
    done = run(folder, photo_folder, *shape, "--score-every", "2")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr and "INFO" not in done.stderr
    (folder / "log.csv").rename(folder / "first.csv")
    with (folder / "first.csv").open() as file:
        assert [int(row["step"]) for row in csv.DictReader(file)] == [1, 2, 3, 4]
    metadata = weights.load(folder / "last.safetensors").metadata
    assert metadata["step"] == 4
    assert json.loads((folder / "run.json").read_text())["recipe"]["stages"][0]["batch"] == 4
    assert not (folder / ".stop").exists()


def test_workers_failures_are_one_line():
    from trainers.training.many import _reason

    lost = RuntimeError("[gloo] Connection closed by peer\nmore")
    assert _reason({0: lost, 1: TrainingError("no colour")}) == "worker 1: no colour"
    assert _reason({1: lost}).startswith("worker 1: RuntimeError: [gloo] Connection closed")


def test_wrapped_messages_are_one_line():
    text = "Caught ValueError in DataLoader worker 0.\nOriginal Traceback:\nValueError: x.jpg: gone"
    assert one_line(ValueError(text)) == "x.jpg: gone"
    assert one_line(ValueError("plain")) == "plain"
    assert one_line(ValueError()) == "ValueError"


def test_batches_that_cannot_be_shared_are_refused(tmp_path, monkeypatch):
    from trainers.training import Job
    from trainers.training.start import check_recipe

    tiny.register(monkeypatch)
    recipe = Recipe.from_dict(tiny.RECIPE.to_dict() | {"accumulate": 2})
    job = Job(variant="tiny", recipe=recipe, photos=tiny.Noise(), folder=tmp_path)
    check_recipe(job, tiny.Tiny(), 1)
    with pytest.raises(TrainingError, match="batch 2: give a multiple of 4"):
        check_recipe(job, tiny.Tiny(), 2)


def test_batch_norm_is_shared_on_gpus_only():
    one = Learner(tiny.Tiny(norm=True), tiny.RECIPE, torch.device("cpu"), Ranks())
    assert not any(isinstance(m, nn.SyncBatchNorm) for m in one.network.modules())
