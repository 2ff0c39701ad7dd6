"""A training job made from the options of `kinemacolor train`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from kinemacolor.models import catalog
from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.recipe import Recipe
from kinemacolor.models.variant import Variant
from kinemacolor.trainers.photos import PhotoSet
from kinemacolor.trainers.pictures import Pictures, open_pictures
from kinemacolor.trainers.training import Job, hold_out
from kinemacolor.trainers.training.job import read_description
from kinemacolor.trainers.training.recipe_changes import (
    StageChanges,
    overridden,
    reshaped,
)

NO_SCORES = ["none"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """The options of `kinemacolor train`, None or empty where they are not given.

    Args:
        variant: network to train, by its name in the catalog.
        out: folder of the run.
        data: sources of photos to learn from.
        val: sources of photos to score on; `NO_SCORES` for none.
        changes: NAME=VALUE for fields of the recipe.
        stages: changes to the recipe's stages.
        init: weights file or variant to start from.
        device: "auto", "cpu", "cuda" or "cuda:N".
        workers: processes that train together.
        loaders: processes of each worker that read photos.
        save_every: steps between checkpoints.
        score_every: steps between scores.
        resume: go on with the run in `out`, whose values stand in for options not given.
    """

    variant: str
    out: Path
    data: list[str] | None = None
    val: list[str] | None = None
    changes: tuple[str, ...] = ()
    stages: StageChanges = field(default_factory=StageChanges)
    init: str | None = None
    device: str = "auto"
    workers: int = 1
    loaders: int | None = None
    save_every: int | None = None
    score_every: int | None = None
    resume: bool = False


def prepare(request: Request) -> Job:
    """Open the photos, resolve the recipe and describe the training.

    Makes the run's folder, and scans the photos for grey, toned and unreadable ones.

    Raises:
        SettingsError: something asked for does not exist or does not fit.
        DataError: the photos cannot be read.
        TrainingError: the folder's run.json is damaged.
        KinemacolorError: this machine has no such device.
    """
    known = _variant(request.variant)
    begun = (read_description(request.out) if request.resume else None) or {}
    if begun and begun["variant"] != request.variant:
        raise SettingsError(f"{request.out}: trains {begun['variant']}, not {request.variant}")
    data = request.data or begun.get("data") or ([known.data] if known.data else None)
    if data is None:
        raise SettingsError(f"{request.variant}: name photos to learn from with --data")
    val = request.val or begun.get("val")

    saved = Recipe.from_dict(begun["recipe"]) if begun else None
    asked = overridden(saved or known.recipe, list(request.changes))
    request.out.mkdir(parents=True, exist_ok=True)
    photos = PhotoSet.scan(
        open_pictures(data, request.out / "pictures"), request.out / "photos.json"
    )
    learnt, scored = _split(photos, val, asked.seed, request.out / "pictures")

    recipe = reshaped(asked, len(learnt), **request.stages)
    # The first call's options apply to the variant's recipe; repeated, they must not change the
    # saved one, to which they have been applied already.
    again = overridden(known.recipe, list(request.changes))
    if saved is not None and reshaped(again, len(learnt), **request.stages) == saved:
        recipe = saved
    loaders = max(1, min(8, (os.cpu_count() or 1) // (2 * request.workers)))
    return Job(
        variant=request.variant,
        recipe=recipe,
        photos=learnt,
        validation=scored,
        folder=request.out,
        init=request.init or begun.get("init"),
        resume=request.resume,
        device=str(pick_device(request.device)),
        loaders=loaders if request.loaders is None else request.loaders,
        save_every=request.save_every or 0,
        score_every=request.score_every or begun.get("score_every", 0),
        notes={"data": data, "val": val, "left_out": photos.left_out},
    )


def _variant(name: str) -> Variant:
    """The catalog's entry.

    Raises:
        SettingsError: there is none.
    """
    try:
        return catalog.variant(name)
    except KeyError as error:
        raise SettingsError(error.args[0]) from error


def _split(
    photos: PhotoSet, val: list[str] | None, seed: int, cache: Path
) -> tuple[Pictures, Pictures | None]:
    """Photos to learn from and to score on: as `val` says, else some of `photos` held out."""
    if val is None:
        return hold_out(photos, seed)
    return photos, None if val == NO_SCORES else open_pictures(val, cache)
