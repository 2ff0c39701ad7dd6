"""Changes to a training recipe, as the options of `kinemacolor train` give them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, TypedDict

from kinemacolor.models.errors import SettingsError
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.trainers.recipe_fields import FIELDS, check_value

FINE_TUNING_RATE = 0.2  # of the learning rate in the recipe's last stage
_OPTIONS = ("learning_rate", "loss", "encoder_weights", "seed")  # fields that have their own
FINE_TUNING_STEPS = 500  # where the user names no length


class StageChanges(TypedDict, total=False):
    """The keywords of `reshaped`; None leaves the recipe's own."""

    size: int | None
    batch: int | None
    epochs: float | None
    steps: int | None


def overridden(recipe: Recipe, changes: list[str]) -> Recipe:
    """A recipe with some fields replaced.

    Args:
        recipe: to change.
        changes: NAME=VALUE, with a value in JSON or plain text. `stages` may be written
            SIZExBATCHxSTEPS,... or with epochs, SIZExBATCHxEPOCHSe,...

    Raises:
        SettingsError: a change is malformed, names no field, or its value is out of range.
    """
    try:
        return Recipe.from_dict(recipe.to_dict() | read_changes(changes))
    except (TypeError, ValueError) as error:
        raise SettingsError(f"--set: {error}") from error


def read_changes(changes: Iterable[str]) -> dict[str, Any]:
    """The values of some fields by name, as `Recipe.from_dict` reads them.

    Args:
        changes: as `overridden` takes them.

    Raises:
        SettingsError: as `overridden` does; whether values suit each other is not looked at.
    """
    values: dict[str, Any] = {}
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals or name not in FIELDS:
            likely = get_close_matches(name, FIELDS, n=1)
            remedy = f"did you mean {likely[0]}?" if likely and equals else "use NAME=VALUE; "
            if remedy.endswith("; "):
                remedy += "`kinemacolor train --help` lists the names"
            raise SettingsError(f"--set {change}", "names no field of the recipe", remedy)
        values[name] = _stages(text) if name == "stages" else _value(name, text)
        if name != "stages":
            try:
                check_value(name, values[name])
            except ValueError as error:
                option = f"--{name.replace('_', '-')}" if name in _OPTIONS else f"--set {name}"
                raise SettingsError(f"{option}: {error}") from None
    return values


def fine_tuning(recipe: Recipe) -> Recipe:
    """A variant's recipe made into one for weights that have been trained already.

    It has the last stage alone, whose crops are the largest, and `FINE_TUNING_STEPS` of it. The
    learning rate is a fifth of that stage's, so that what was learnt before is not forgotten, and
    rises during the first tenth of the steps at most. Batch norms keep their statistics, which
    took more photos.
    """
    last = recipe.stages[-1]
    stage = replace(last, steps=FINE_TUNING_STEPS, epochs=0.0, rate=1.0)
    return replace(
        recipe,
        stages=(stage,),
        learning_rate=recipe.learning_rate * last.rate * FINE_TUNING_RATE,
        warmup=min(recipe.warmup, FINE_TUNING_STEPS // 10),
        frozen_statistics=True,
    )


def reshaped(
    recipe: Recipe,
    photos: int,
    *,
    size: int | None = None,
    batch: int | None = None,
    epochs: float | None = None,
    steps: int | None = None,
    keeps_warmup: bool = False,
) -> Recipe:
    """A recipe with other stages, whose lengths are in steps.

    With another length the warm-up keeps its share of the steps.

    Args:
        recipe: to change.
        photos: number of photos to learn from, by which epochs become steps.
        size: side of the crops of every stage, pixels.
        batch: crops a step of every stage.
        epochs: of all stages together, divided among them in proportion to their crops.
        steps: of all stages together, divided among them in proportion to their steps.
        keeps_warmup: whether the warm-up keeps its steps instead.

    Raises:
        SettingsError: both lengths are given, or a value is out of range.
    """
    if epochs is not None and steps is not None:
        raise SettingsError("--epochs and --steps: give one of them")
    stages = [
        replace(stage, size=size or stage.size, batch=batch or stage.batch)
        for stage in recipe.stages
    ]
    try:
        stages = list(replace(recipe, stages=tuple(stages)).resolved(photos).stages)
        before = sum(stage.steps for stage in stages)
        if epochs is not None:
            seen = sum(stage.steps * stage.batch for stage in stages)
            shares = [stage.steps * stage.batch / seen for stage in stages]
            stages = [
                replace(stage, steps=0, epochs=epochs * share)
                for stage, share in zip(stages, shares, strict=True)
            ]
        if steps is not None:
            stages = _with_steps(stages, steps)
        changed = replace(recipe, stages=tuple(stages)).resolved(photos)
        if (epochs is None and steps is None) or keeps_warmup:
            return changed
        return replace(changed, warmup=round(recipe.warmup * changed.steps / before))
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _with_steps(stages: list[Stage], steps: int) -> list[Stage]:
    """Stages of `steps` in all, in their old proportions; those left without any are dropped."""
    total, done, start = sum(stage.steps for stage in stages), 0, 0
    changed = []
    for stage in stages:
        done += stage.steps
        end = round(done * steps / total)
        if end > start:
            changed.append(replace(stage, steps=end - start))
        start = end
    return changed


def _value(name: str, text: str) -> Any:
    """A value in JSON, or else the text itself; a text where the field wants one."""
    if isinstance(getattr(Recipe(), name), str):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        pass
    try:
        return float(text)  # .3 is no JSON
    except ValueError:
        return text


def _stages(text: str) -> list[dict[str, float]]:
    """Stages as `Recipe.from_dict` reads them.

    Raises:
        SettingsError: the text is malformed.
    """
    try:
        return [_stage(*part.split("x")) for part in text.split(",")]
    except (TypeError, ValueError) as error:
        raise SettingsError(
            f"--set stages={text}: use SIZExBATCHxSTEPS,... or SIZExBATCHxEPOCHSe,..."
        ) from error


def _stage(size: str, batch: str, length: str) -> dict[str, float]:
    if length.endswith("e"):
        return {"size": int(size), "batch": int(batch), "epochs": float(length[:-1])}
    return {"size": int(size), "batch": int(batch), "steps": int(length)}
