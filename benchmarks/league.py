"""League of all variants: trained with equal CPU time on the same photos, then scored.

Command: python -m benchmarks.league --train SRC --val SRC --json benchmarks/results/league.json
(prints the table of benchmarks/results/league.md)

Each variant trains by its own recipe (batch, optimizer, rate, loss), cut to as many steps as its
share of the CPU time allows, at one picture size, from random weights. All are scored alike, beside
their authors' published figures. Rows are written as they are finished; a second call goes on with
the missing variants.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.league_table import markdown
from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.bench.machine import machine
from kinemacolor.models import weights
from kinemacolor.models.catalog import CATALOG, variant
from kinemacolor.models.cost import cost
from kinemacolor.models.device import pick_device
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.trainers.evaluation import SIZE, evaluate, predictor
from kinemacolor.trainers.photos import PhotoSet
from kinemacolor.trainers.pictures import Pictures, open_pictures
from kinemacolor.trainers.training import Job, train
from kinemacolor.trainers.training.learner import Learner
from kinemacolor.trainers.training.ranks import Ranks


@dataclass(frozen=True)
class Budget:
    """What every variant gets.

    Args:
        seconds: of training, on one core or one GPU.
        size: side of the crops, pixels.
        batch: crops a step at most; less where the variant's own recipe has less.
        every: only every so many-th validation photo is scored.
    """

    seconds: float
    size: int
    batch: int
    every: int


def _clock(device: str) -> float:
    """Seconds of work: of this process on a CPU, where others may run beside it."""
    if device == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def cut(recipe: Recipe, budget: Budget, steps: int) -> Recipe:
    """The variant's own recipe with the budget's length and size, from fresh weights."""
    batch = min(budget.batch, recipe.stages[0].batch)
    return replace(
        recipe,
        stages=(Stage(budget.size, batch, steps),),
        accumulate=1,
        patience=0,
        warmup=min(recipe.warmup, steps // 10),
        encoder_weights="none",
        embedding_weights="none",
    )


def seconds_a_step(name: str, budget: Budget, device: str) -> float:
    """Time of one step of a variant's training, the first not counted."""
    recipe = cut(variant(name).recipe, budget, 3)
    torch.manual_seed(0)
    learner = Learner(variant(name).builder(), recipe, torch.device(device), Ranks())
    stage = recipe.stages[0]
    lab = torch.rand(stage.batch, 4, stage.size, stage.size) * 50
    lab[:, 3] = (lab[:, 3] < 0.5).float()
    learner.step(lab, 0, 1e-6)
    start = _clock(device)
    for number in (1, 2):
        learner.step(lab, number, 1e-6)
    return (_clock(device) - start) / 2


def milliseconds_a_frame(file: Path, device: str) -> float:
    """Of one 256x256 picture in the engine's uncompiled backend, one at a time."""
    backend = EagerBackend(weights.load(file), pick_device(device))
    picture = np.full((SIZE, SIZE), 50.0, np.float32)
    backend([picture])
    start = _clock(device)
    for _ in range(3):
        backend([picture])
    return 1000 * (_clock(device) - start) / 3


def compete(
    name: str, photos: PhotoSet, validation: Pictures, budget: Budget, device: str
) -> dict[str, Any]:
    """One variant's row."""
    step = seconds_a_step(name, budget, device)
    recipe = cut(variant(name).recipe, budget, max(1, round(budget.seconds / step)))
    with tempfile.TemporaryDirectory() as folder:
        job = Job(
            variant=name,
            recipe=recipe,
            photos=photos,
            folder=Path(folder),
            device=device,
            loaders=1,
            score_every=recipe.steps,
            save_every=recipe.steps,
        )
        start = _clock(device)
        train(job)
        spent = _clock(device) - start
        file = Path(folder) / "last.safetensors"
        network = weights.load(file).network()
        scores = evaluate(
            predictor(network, device, "bf16"),
            validation,
            every=budget.every,
            hint_rate=recipe.hint_rate,
            device=device,
        )
        frame = milliseconds_a_frame(file, device)
    return {
        "variant": name,
        **cost(variant(name))._asdict(),
        "ms_per_frame": frame,
        "steps": recipe.steps,
        "pictures": recipe.steps * recipe.stages[0].batch,
        "seconds": spent,
        "hint_rate": recipe.hint_rate,
        "published": dict(variant(name).published),
        "scores": scores.to_dict(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.league", description=__doc__)
    parser.add_argument("--train", nargs="+", required=True, help="photos to learn from")
    parser.add_argument("--val", nargs="+", required=True, help="photos to score on")
    parser.add_argument("--json", type=Path, required=True, help="rows go there, and are kept")
    parser.add_argument("--seconds", type=float, default=60.0, help="of training a variant")
    parser.add_argument("--size", type=int, default=128, help="side of the crops, pixels")
    parser.add_argument("--batch", type=int, default=16, help="crops a step at most")
    parser.add_argument("--every", type=int, default=10, help="score every so many-th photo")
    parser.add_argument("--variants", nargs="+", default=list(CATALOG), choices=list(CATALOG))
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    options = parser.parse_args()
    budget = Budget(options.seconds, options.size, options.batch, options.every)
    if options.device == "cpu":
        torch.set_num_threads(1)

    cache = options.json.with_suffix(".photos.json")
    photos = PhotoSet.scan(open_pictures(options.train), cache)
    validation = open_pictures(options.val)
    done = json.loads(options.json.read_text()) if options.json.is_file() else {}
    if done and done["budget"] != asdict(budget):
        parser.error(f"{options.json}: rows of another budget; name another file")
    rows = done.get("rows", [])
    for name in options.variants:
        if name in {row["variant"] for row in rows}:
            continue
        rows.append(compete(name, photos, validation, budget, options.device))
        result = {"machine": machine(), "budget": asdict(budget), "rows": rows}
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    print(markdown(rows))


if __name__ == "__main__":
    main()
