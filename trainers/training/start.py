"""Start of a training: from random or given weights, or from its folder's checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from kinemacolor.models import weights
from kinemacolor.models.catalog import variant
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.recipe import Recipe
from kinemacolor.models.weights_content import CHECKPOINT
from kinemacolor.trainers.errors import TrainingError
from kinemacolor.trainers.pretrained import load_encoder
from kinemacolor.trainers.training.checkpoint import read_checkpoint
from kinemacolor.trainers.training.job import Job


@dataclass
class Course:
    """Progress of a training, as a checkpoint keeps it.

    Attributes:
        step: optimizer steps done.
        best: best validation score so far, larger is better.
        waited: validations since then.
        lowered: validations with a PSNR below the recipe's floor, each of which lowers the rate.
        crops: that all workers have learnt from.
        seconds: that it has taken.
    """

    step: int = 0
    best: float = float("-inf")
    waited: int = 0
    lowered: int = 0
    crops: int = 0
    seconds: float = 0.0


def checkpoint_path(folder: Path) -> Path:
    return folder / CHECKPOINT


def saved_state(job: Job, device: torch.device) -> dict[str, Any] | None:
    """Checkpoint state in the job's folder; None where there is none.

    Raises:
        TrainingError: it is another training's, or damaged, or the job is not to resume.
    """
    path = checkpoint_path(job.folder)
    if not path.exists():
        return None
    if not job.resume:
        raise TrainingError(f"{job.folder}: holds a training already; --resume goes on with it")
    state = read_checkpoint(path, device)
    if not {"identity", "course", "learner"} <= state.keys():
        raise TrainingError(f"{path}: written by another version; train anew in a new folder")
    job.check_same(state["identity"])
    return state


def course_so_far(job: Job) -> Course:
    """How far the training in the job's folder has come.

    Raises:
        TrainingError: as `saved_state` does.
    """
    state = saved_state(job, torch.device("cpu"))
    return Course() if state is None else Course(**state["course"])


def check_stages(name: str, recipe: Recipe, network: Colorizer, world: int) -> None:
    """Check that every stage's size suits the network, and its batch the number of workers.

    Args:
        name: the network's, in the catalog.
        recipe: its training.
        network: built, with any weights.
        world: number of workers.

    Raises:
        TrainingError: one does not.
    """
    parts = recipe.accumulate * world
    for stage in recipe.stages:
        if stage.size % network.size_multiple:
            raise TrainingError(
                f"size {stage.size}: {name} needs a multiple of {network.size_multiple}"
            )
        if stage.batch % parts:
            raise TrainingError(
                f"batch {stage.batch}: give a multiple of {parts}, for {world} workers with "
                f"{recipe.accumulate} equal parts each"
            )


def untrained_network(job: Job) -> Colorizer:
    """The job's variant with random weights, seeded by the recipe."""
    torch.manual_seed(job.recipe.seed)
    return variant(job.variant).builder()


def load_first_weights(job: Job, network: Colorizer) -> None:
    """Load `init` into the network, or the encoder weights that the recipe names.

    Raises:
        TrainingError: `init` is another variant's.
        WeightsError, PretrainedError: they cannot be had.
    """
    if job.init is None:
        load_encoder(network, job.recipe.encoder_weights)
        return
    loaded = weights.load(job.init)
    if loaded.variant != job.variant:
        raise TrainingError(f"{job.init}: weights of {loaded.variant}, not of {job.variant}")
    network.load_state_dict(loaded.network().state_dict())
