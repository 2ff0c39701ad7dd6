"""Specification of a training: plain, picklable values that a remote worker can be given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from kinemacolor.models.plain_files import replace_plain
from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.errors import TrainingError
from kinemacolor.trainers.pictures import Pictures
from kinemacolor.trainers.training.pace import duration


@dataclass(frozen=True, kw_only=True)
class Job:
    """A training run and its folder.

    Args:
        variant: name in the catalog.
        recipe: hyperparameters; resolved at once, so that every stage's length is in steps.
        photos: to learn from.
        folder: of the run: run.json, checkpoint.pt, last.safetensors, best.safetensors, log.csv,
            scores.csv, curves.png and samples/.
        validation: pictures to score on; none means no scores, and the last weights are the best.
        init: weights file or variant to start from instead of the recipe's encoder weights.
        resume: go on from the folder's checkpoint where there is one.
        device: "cpu", "cuda" or "cuda:N".
        loaders: processes of each worker that read photos; 0 for the training's own.
        save_every: steps between checkpoints; 0 for one every five minutes. Scoring saves too.
        score_every: steps between scores; 0 for `scoring_interval`.
        seconds: that the training takes, in which the recipe's steps are parts of the time
            (`Timetable`); 0 does as many steps.
        replicas: trainings side by side, of which the mean of the weights is taken.
        notes: further facts for run.json and the weights: sources, photos left out.
    """

    variant: str
    recipe: Recipe
    photos: Pictures
    folder: Path
    validation: Pictures | None = None
    init: str | None = None
    resume: bool = False
    device: str = "cpu"
    loaders: int = 1
    save_every: int = 0
    score_every: int = 0
    seconds: float = 0.0
    replicas: int = 1
    notes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "recipe", self.recipe.resolved(len(self.photos)))
        interval = self.score_every or scoring_interval(self.recipe, len(self.photos))
        object.__setattr__(self, "score_every", interval)

    @property
    def length(self) -> str:
        """How long the training is: "10,000" steps, or "8 h"."""
        return duration(self.seconds) if self.seconds else f"{self.recipe.steps:,}"

    def identity(self) -> dict[str, Any]:
        """Values that must be equal for one run to resume another."""
        return {
            "variant": self.variant,
            **self.recipe.to_dict(),
            "score_every": self.score_every,
            "seconds": self.seconds,
            "photos": _digest(self.photos.names),
            "validation photos": _digest(self.validation.names if self.validation else ()),
        }

    def description(self) -> dict[str, Any]:
        """Description of the run, for run.json and the weights' metadata."""
        return {
            "variant": self.variant,
            "recipe": self.recipe.to_dict(),
            "photos": len(self.photos),
            "validation_photos": len(self.validation) if self.validation else 0,
            "score_every": self.score_every,
            "seconds": self.seconds,
            "replicas": self.replicas,
            "init": self.init,
            "torch": torch.__version__,
            **self.notes,
        }

    def check_same(self, identity: Mapping[str, Any]) -> None:
        """Refuse to resume a run of another identity.

        Raises:
            TrainingError: `identity` is not this job's; names what differs.
        """
        ours = json.loads(json.dumps(self.identity()))
        # What an older version did not know had the effect of today's defaults.
        unknown = Recipe().to_dict() | {"seconds": 0.0}
        theirs = json.loads(json.dumps(unknown | dict(identity)))
        changed = [name for name in ours if ours[name] != theirs.get(name)]
        if not changed:
            return
        what = ", ".join(
            f"other {name}"
            if "photos" in name
            else f"{name} {_in_words(theirs.get(name))}, not {_in_words(ours[name])}"
            for name in changed
        )
        raise TrainingError(
            f"{self.folder}: was begun with {what}; --resume goes on with the same settings and "
            f"data only (its weights start a new run with --init {self.folder}/last.safetensors)"
        )


def scoring_interval(recipe: Recipe, photos: int) -> int:
    """Steps between evaluations: one epoch, within 1/200 and 1/10 of all steps."""
    seen = sum(stage.steps * stage.batch for stage in recipe.stages)
    epoch = round(photos * recipe.steps / seen)
    return max(1, recipe.steps // 200, min(epoch, recipe.steps // 10))


def read_description(folder: Path) -> dict[str, Any] | None:
    """Contents of a folder's run.json; None where there is none.

    Raises:
        TrainingError: run.json is damaged.
    """
    path = folder / "run.json"
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise TrainingError(f"{path}: not readable ({error}); train anew in a new folder") from None


def write_description(job: Job) -> None:
    """Writes run.json, atomically."""
    part = job.folder / ".run.json.part"
    part.write_text(json.dumps(job.description(), indent=2) + "\n")
    replace_plain(part, job.folder / "run.json")


def _in_words(value: Any) -> Any:
    """A field of a recipe as a message names it; stages are "30 steps of 16 crops of 192 px"."""
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        return value
    stages = ("{steps:,} steps of {batch} crops of {size} px".format_map(part) for part in value)
    return " and ".join(stages)


def _digest(names: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(names).encode(errors="surrogatepass")).hexdigest()
