"""From what a user asks for to a training's job."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from kinemacolor.models import catalog
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.photos import PhotoSet
from kinemacolor.trainers.pictures import Pictures, open_pictures
from kinemacolor.trainers.training import Job, hold_out
from kinemacolor.trainers.training.job import read_description
from kinemacolor.trainers.training.recipe_changes import overridden, reshaped

NO_SCORES = ["none"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """The options of `kinemacolor train`; None and empty where the user says nothing.

    Args:
        shape: `reshaped`'s keywords.
        changes: NAME=VALUE for fields of the recipe.
    """

    variant: str
    out: Path
    data: list[str] | None = None
    val: list[str] | None = None
    changes: tuple[str, ...] = ()
    shape: Mapping[str, Any] | None = None
    init: str | None = None
    device: str = "auto"
    workers: int = 1
    loaders: int | None = None
    save_every: int | None = None
    score_every: int | None = None
    resume: bool = False


def prepare(request: Request) -> Job:
    """Opens the data and settles the recipe; what is not asked for is as in the resumed run.

    Raises:
        SettingsError: something asked for does not exist or does not fit.
        DataError: the data cannot be had.
        TrainingError: the folder's run.json is damaged.
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

    shape = request.shape or {}
    recipe = reshaped(asked, len(learnt), **shape)
    # All options of the first call repeated give the same recipe, though from the variant's.
    again = overridden(known.recipe, list(request.changes))
    if saved is not None and reshaped(again, len(learnt), **shape) == saved:
        recipe = saved
    cpus = max(1, min(8, (os.cpu_count() or 1) // (2 * request.workers)))
    return Job(
        variant=request.variant,
        recipe=recipe,
        photos=learnt,
        validation=scored,
        folder=request.out,
        init=request.init or begun.get("init"),
        resume=request.resume,
        device=_device(request.device),
        loaders=cpus if request.loaders is None else request.loaders,
        save_every=request.save_every or 0,
        score_every=request.score_every or begun.get("score_every", 0),
        notes={"data": data, "val": val, "left_out": photos.left_out},
    )


def _variant(name: str) -> catalog.Variant:
    try:
        return catalog.variant(name)
    except KeyError as error:
        raise SettingsError(error.args[0]) from error


def _split(
    photos: PhotoSet, val: list[str] | None, seed: int, cache: Path
) -> tuple[Pictures, Pictures | None]:
    """Pictures to learn from and to score on."""
    if val is None:
        return hold_out(photos, seed)
    return photos, None if val == NO_SCORES else open_pictures(val, cache)


def _device(name: str) -> str:
    """The device that "auto" or a name stands for."""
    gpus = torch.cuda.device_count()
    if name == "auto":
        return "cuda" if gpus else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise SettingsError(f"--device {name}: use auto, cpu, cuda or cuda:N") from None
    if device.type == "cuda" and (device.index or 0) >= gpus:
        raise SettingsError(f"--device {name}: this machine has {gpus} GPUs that PyTorch can use")
    return name
