"""Speed of training: what loaders supply, what the network takes, and both together.

Command: python -m benchmarks.training_speed --device cuda [--json benchmarks/results/training.json]

Crops are cut from a pack of generated pictures by the network's own recipe, film faults and hints
with them, in as many loaders as asked for. A pack has no JPEGs to decode, so that a device waits
for crops only where "loaders" is less than "step"; "both" is the whole loop without scores, and
"loader alone" one thread that cuts crops, which the device only has to convert to LAB.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from benchmarks.record import write_json
from kinemacolor.models.catalog import CATALOG, variant
from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.recipe import Stage
from kinemacolor.trainers.crops import Crops
from kinemacolor.trainers.packing import pack
from kinemacolor.trainers.pictures import open_pictures
from kinemacolor.trainers.training.batches import batches_from
from kinemacolor.trainers.training.job import Job
from kinemacolor.trainers.training.learner import Learner
from kinemacolor.trainers.training.prepare import usual_loaders
from kinemacolor.trainers.training.ranks import Ranks
from kinemacolor.trainers.training.start import Course
from kinemacolor.trainers.training.timetable import Timetable

_WARM = 3  # steps before the clock starts: libraries choose algorithms, loaders fill their queues
_STEPS = 1_000_000  # more than are ever done
_ALONE = 500  # crops


def training_row(job: Job, steps: int) -> dict[str, Any]:
    """Crops a second of loaders and network, apart and together.

    Args:
        job: a training of one stage that does not end within `steps`.
        steps: that are timed.
    """
    device, ranks = torch.device(job.device), Ranks()
    [stage] = job.recipe.stages
    network = variant(job.variant).builder()
    learner = Learner(network, job.recipe, device, ranks)

    def batches() -> Iterator[torch.Tensor]:
        loader = batches_from(job, Course(), Timetable(job.recipe), ranks, device)
        return islice(loader, _WARM + steps)

    def rate(each: Iterator[torch.Tensor], work: Callable[[torch.Tensor], object]) -> float:
        begun = 0.0
        for number, batch in enumerate(each):
            if number == _WARM:
                begun = time.perf_counter()
            work(batch)
        return steps * stage.batch / (time.perf_counter() - begun)

    def learn(batch: torch.Tensor) -> None:
        learner.step(batch, 0, 0.0)  # which ends only when the device has done it

    supplied = rate(batches(), lambda _: None)
    [first] = islice(batches(), 1)
    return {
        "network": job.variant,
        "size": stage.size,
        "batch": stage.batch,
        "bf16": learner.is_mixed,
        "loaders": job.loaders,
        "loader_alone_crops_s": _loader_alone(job),
        "loaders_crops_s": supplied,
        "step_crops_s": rate(iter([first] * (_WARM + steps)), learn),
        "both_crops_s": rate(batches(), learn),
    }


def _loader_alone(job: Job) -> float:
    """Crops a second that one thread cuts, ages and gives hints."""
    crops, [stage] = Crops(job.photos, job.recipe), job.recipe.stages
    begun = time.perf_counter()
    for number in range(_ALONE):
        crops[number, number % len(job.photos), stage.size]
    return _ALONE / (time.perf_counter() - begun)


def measure(
    device: str, model: str, shapes: Sequence[Stage], loaders: int, steps: int, pictures: int = 256
) -> Iterator[dict[str, Any]]:
    """A row a size."""
    with tempfile.TemporaryDirectory() as name:
        packed = Path(name, "pictures.pack")
        pack(open_pictures([f"abstract:both:{pictures}"]), packed, 256)
        photos = open_pictures([str(packed)])
        for stage in shapes:
            recipe = replace(variant(model).recipe, stages=(replace(stage, steps=_STEPS),))
            job = Job(
                variant=model,
                recipe=recipe,
                photos=photos,
                folder=Path(name),
                device=device,
                loaders=loaders,
            )
            yield training_row(job, steps)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training_speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", default="kinema", choices=sorted(CATALOG))
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--sizes", type=int, nargs="+", default=(128, 192, 256), help="pixels")
    parser.add_argument("--batch", type=int, default=16, help="crops a step")
    parser.add_argument("--loaders", type=int, default=usual_loaders(), help="processes")
    parser.add_argument("--steps", type=int, default=20, help="that are timed")
    parser.add_argument("--json", type=Path, help="write the results there too")
    options = parser.parse_args()
    try:
        device = str(pick_device(options.device))
    except KinemacolorError as error:
        parser.exit(1, f"{error}\n")
    shapes = [Stage(size, options.batch, steps=1) for size in options.sizes]
    rows = []
    for row in measure(device, options.model, shapes, options.loaders, options.steps):
        rows.append({k: round(v, 1) if isinstance(v, float) else v for k, v in row.items()})
        print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    write_json(options.json, rows)


if __name__ == "__main__":
    main()
