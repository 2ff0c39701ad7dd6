"""Several workers learn what one would."""

import os
import socket
import subprocess
import sys
import time

import pytest
import torch
import torch.distributed as dist
from torch import nn
from typer.testing import CliRunner

from kinemacolor.cli.main import app
from kinemacolor.models import weights
from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.crops import Crops, crops_to_lab
from kinemacolor.trainers.errors import TrainingError, one_line
from kinemacolor.trainers.photos import StepSampler
from kinemacolor.trainers.training.learner import Learner
from kinemacolor.trainers.training.ranks import Ranks
from kinemacolor.trainers.training.records import read_records
from kinemacolor.trainers.training.stop import StopRequest
from tests.trainers import tiny

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
        batch = crops_to_lab(torch.stack([crops[key] for key in next(batches)]))
        assert len(batch) == 4 // ranks.world
        steps.append(learner.step(batch, number, 0.01))
    gradients = [p.grad.clone() for p in learner.network.parameters()]
    return steps, gradients, learner.average.state_dict()


def work(rank, port, folder):
    torch.set_num_threads(1)
    address = f"tcp://127.0.0.1:{port}"
    dist.init_process_group("gloo", init_method=address, rank=rank, world_size=2)
    ranks = Ranks.of_process()
    assert ranks.broadcast(rank) == 0
    assert ranks.any(rank == 1, torch.device("cpu"))
    torch.save([learn(ranks, accumulate) for accumulate in (1, 2)], f"{folder}/{rank}.pt")
    dist.destroy_process_group()


def test_two_workers_with_half_the_batch_learn_as_one(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    workers = torch.multiprocessing.spawn(
        work, (port, str(tmp_path)), nprocs=2, join=False, daemon=True
    )
    deadline = time.monotonic() + 240
    while not workers.join(timeout=5):
        assert time.monotonic() < deadline, "the workers do not end"
    steps, gradients, average = learn(Ranks())
    shared = [torch.load(tmp_path / f"{rank}.pt", weights_only=False) for rank in range(2)]
    for theirs in (*shared[0], *shared[1]):  # with one part a step, and with two
        for one, other in zip(steps, theirs[0], strict=True):
            assert one == pytest.approx(other, rel=1e-5)
        for one, other in zip(gradients, theirs[1], strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
        for name, value in average.items():
            torch.testing.assert_close(value, theirs[2][name], rtol=1e-4, atol=1e-6)


@pytest.mark.slow  # two minutes of two cores: Ray Train starts eight processes
@pytest.mark.xdist_group("ray")
def test_ray_goes_on_with_what_one_process_began(photo_folder, tmp_path, monkeypatch):
    options = [
        "train", "autoencoder_v1", "--data", str(photo_folder), "--val", "none", "--size", "32",
        "--batch", "4", "--steps", "4", "--set", "precision=fp32", "--device", "cpu", "--loaders",
        "0", "--out",
    ]  # fmt: skip
    alone, together = tmp_path / "alone", tmp_path / "together"
    assert CliRunner().invoke(app, [*options, str(alone)]).exit_code == 0
    calls = iter((False, True))
    monkeypatch.setattr(StopRequest, "__call__", lambda self: next(calls))
    assert CliRunner().invoke(app, [*options, str(together)]).exit_code == 130
    resume = [
        sys.executable, "-m", "kinemacolor", "train", "autoencoder_v1", "--resume", "--out",
        str(together), "--device", "cpu", "--loaders", "0", "--workers", "2",
    ]  # fmt: skip
    # Ray of other tests leaves its settings in this process's environment.
    calm = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    calm["RAY_worker_register_timeout_seconds"] = "240"  # a busy machine starts workers slowly
    done = subprocess.run(resume, capture_output=True, text=True, env=calm, timeout=240)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr and "INFO" not in done.stderr
    assert sorted(p.name for p in together.iterdir()) == sorted(p.name for p in alone.iterdir())
    one, other = (read_records(folder / "log.csv") for folder in (alone, together))
    assert one["step"] == other["step"] == [1, 2, 3, 4]
    assert one["loss"] == pytest.approx(other["loss"], rel=1e-5)
    assert one["loss"][:2] == other["loss"][:2]
    a, b = (weights.load(f / "last.safetensors").network().state_dict() for f in (alone, together))
    for name, value in a.items():
        torch.testing.assert_close(value, b[name], rtol=1e-3, atol=1e-5)


@pytest.mark.xdist_group("ray")
def test_only_a_cluster_that_is_named_is_joined(monkeypatch):
    from kinemacolor.trainers.training.many import _connected

    monkeypatch.setenv("RAY_ADDRESS", "nobody")  # neither host:port nor "auto"
    with pytest.raises(TrainingError, match="RAY_ADDRESS=nobody: no cluster: "), _connected(2):
        pass


def test_workers_failures_are_one_line():
    from kinemacolor.trainers.training.many import _reason

    lost = RuntimeError("[gloo] Connection closed by peer\nmore")
    assert _reason({0: lost, 1: TrainingError("no colour")}) == "worker 1: no colour"
    assert _reason({1: lost}).startswith("worker 1: RuntimeError: [gloo] Connection closed")


def test_wrapped_messages_are_one_line():
    text = "Caught ValueError in DataLoader worker 0.\nOriginal Traceback:\nValueError: x.jpg: gone"
    assert one_line(ValueError(text)) == "x.jpg: gone"
    assert one_line(ValueError("plain")) == "plain"
    assert one_line(ValueError()) == "ValueError"


def test_batches_that_cannot_be_shared_are_refused():
    from kinemacolor.trainers.training.start import check_stages

    recipe = Recipe.from_dict(tiny.RECIPE.to_dict() | {"accumulate": 2})
    check_stages("tiny", recipe, tiny.Tiny(), 1)
    with pytest.raises(TrainingError, match="batch 2: give a multiple of 4"):
        check_stages("tiny", recipe, tiny.Tiny(), 2)


def test_batch_norm_is_shared_on_gpus_only():
    one = Learner(tiny.Tiny(norm=True), tiny.RECIPE, torch.device("cpu"), Ranks())
    assert not any(isinstance(m, nn.SyncBatchNorm) for m in one.network.modules())
