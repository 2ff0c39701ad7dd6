"""A training job made from the options of `kinemacolor train`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from kinemacolor.engine.machine import cores
from kinemacolor.models import weights
from kinemacolor.models.catalog import variant
from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.photos import PhotoSet
from kinemacolor.trainers.pictures import Pictures, open_pictures
from kinemacolor.trainers.pretrained import load_encoder
from kinemacolor.trainers.recipe_changes import (
    StageChanges,
    fine_tuning,
    overridden,
    reshaped,
)
from kinemacolor.trainers.request import NO_SCORES, Request
from kinemacolor.trainers.training import Job, TrainingError, hold_out
from kinemacolor.trainers.training.job import read_description
from kinemacolor.trainers.training.objective import Objective
from kinemacolor.trainers.training.start import check_stages

_DECAY_BY_CLOCK = 0.5  # share of the hours from where the rate falls, of recipes that never let it


def prepare(request: Request) -> Job:
    """Open the photos, resolve the recipe and describe the training.

    Makes the run's folder, and scans the photos for grey, toned and unreadable ones. All else
    that can be wrong is found before.

    Raises:
        SettingsError: something asked for does not exist or does not fit.
        DataError: the photos cannot be read.
        TrainingError: the folder's run.json is damaged, or the recipe does not suit the network.
        WeightsError, PretrainedError: the weights to start from cannot be had.
        KinemacolorError: this machine has no such device.
    """
    request.check()
    known = variant(request.variant)
    begun = (read_description(request.out) if request.resume else None) or {}
    if begun and begun["variant"] != request.variant:
        raise SettingsError(f"{request.out}: trains {begun['variant']}, not {request.variant}")
    _check_length_as_begun(request, begun)
    data = request.data or begun.get("data") or ([known.data] if known.data else None)
    if data is None:
        raise SettingsError(f"{request.variant}: name photos to learn from with --data")
    val = request.val or begun.get("val")
    init = request.init or begun.get("init")

    saved = Recipe.from_dict(begun["recipe"]) if begun else None
    own = known.recipe if init is None else fine_tuning(known.recipe)
    if request.hours is not None and own.decay_from == 1:
        own = replace(own, decay_from=_DECAY_BY_CLOCK)
    asked = overridden(saved or own, list(request.changes))
    device = str(pick_device(request.device))
    _check_before_photos(request, asked, init)

    request.out.mkdir(parents=True, exist_ok=True)
    photos = PhotoSet.scan(
        open_pictures(data, request.out / "pictures"), request.out / "photos.json"
    )
    learnt, scored = _split(photos, val, asked.seed, request.out / "pictures")
    keeps_warmup = any(change.startswith("warmup=") for change in request.changes)
    reshape = partial(reshaped, photos=len(learnt), **request.stages, keeps_warmup=keeps_warmup)
    # The first call's options apply to the variant's recipe; repeated, they must not change the
    # saved one, to which they have been applied already.
    recipe = reshape(overridden(own, list(request.changes)))
    if saved is not None and recipe != saved:
        recipe = reshape(asked)
    score_every = request.score_every or begun.get("score_every", 0)
    if init is not None and not score_every:
        score_every = max(1, recipe.steps // 10)  # an epoch of few photos is over at once
    seconds = begun.get("seconds", 0.0) if request.hours is None else request.hours * 3600
    replicas = request.replicas or begun.get("replicas", 1)
    return Job(
        variant=request.variant,
        recipe=recipe,
        photos=learnt,
        validation=scored,
        folder=request.out,
        init=init,
        resume=request.resume,
        device=device,
        loaders=usual_loaders(request.workers) if request.loaders is None else request.loaders,
        save_every=request.save_every or 0,
        score_every=score_every,
        seconds=seconds,
        replicas=replicas,
        notes={"data": data, "val": val, "left_out": photos.left_out},
    )


def usual_loaders(workers: int = 1) -> int:
    """Processes that read photos for each of some workers, where nobody says how many."""
    return max(1, min(8, cores() // (2 * workers)))


def _check_length_as_begun(request: Request, begun: Mapping[str, Any]) -> None:
    """See that a run that goes on is to take as long, and as many replicas, as it was begun with.

    Raises:
        SettingsError: it is not.
    """
    if not begun:
        return
    replicas, seconds = begun.get("replicas", 1), begun.get("seconds", 0.0)
    changed = ""
    if request.replicas is not None and request.replicas != replicas:
        changed, was = f"--replicas {request.replicas}", f"--replicas {replicas}"
    elif request.hours is not None and request.hours * 3600 != seconds:
        changed = f"--hours {request.hours:g}"
        was = f"--hours {seconds / 3600:g}" if seconds else "a length in steps"
    elif seconds and (name := next((n for n in ("steps", "epochs") if request.stages.get(n)), "")):
        changed, was = f"--{name}", f"--hours {seconds / 3600:g}"
    if changed:
        problem = f"{request.out} was begun with {was}"
        raise SettingsError(changed, problem, "leave it out to go on, or give another --out")


def _check_before_photos(request: Request, asked: Recipe, init: str | None) -> None:
    """See that recipe, network and weights go together, by building them once.

    Raises:
        SettingsError, TrainingError, WeightsError, PretrainedError: they do not.
    """
    network = variant(request.variant).builder()
    shapes = StageChanges(size=request.stages.get("size"), batch=request.stages.get("batch"))
    recipe = reshaped(asked, 1, **shapes)
    check_stages(request.variant, recipe, network, request.workers)
    try:
        Objective(network, recipe)
    except ValueError as error:
        raise TrainingError(str(error)) from error
    if request.resume and (request.out / "checkpoint.pt").exists():
        return  # which has all weights
    if init is None:
        load_encoder(network, recipe.encoder_weights)
    elif (has := weights.identify(init)[0]) != request.variant:
        raise TrainingError(f"{init}: weights of {has}, not of {request.variant}")


def _split(
    photos: PhotoSet, val: list[str] | None, seed: int, cache: Path
) -> tuple[Pictures, Pictures | None]:
    """Photos to learn from and to score on: as `val` says, else some of `photos` held out."""
    if val is None:
        return hold_out(photos, seed)
    return photos, None if val == NO_SCORES else open_pictures(val, cache)
