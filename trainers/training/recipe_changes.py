"""Changes to a recipe from the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from kinemacolor.models.errors import SettingsError
from kinemacolor.models.recipe import Recipe, Stage


def overridden(recipe: Recipe, changes: list[str]) -> Recipe:
    """A recipe with fields replaced, given as NAME=VALUE with JSON or plain text values.

    `stages` may be written SIZExBATCHxSTEPS,... or with epochs, SIZExBATCHxEPOCHSe,...

    Raises:
        SettingsError: a change is malformed or names no field.
    """
    values = recipe.to_dict()
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals or name not in values:
            raise SettingsError(
                f"--set {change}: use NAME=VALUE with NAME one of {', '.join(values)}"
            )
        values[name] = _stages(text) if name == "stages" else _value(text)
    try:
        return Recipe.from_dict(values)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"--set: {error}") from error


def reshaped(
    recipe: Recipe,
    photos: int,
    *,
    size: int | None = None,
    batch: int | None = None,
    epochs: float | None = None,
    steps: int | None = None,
) -> Recipe:
    """A recipe with other stages, resolved for that many photos.

    Args:
        recipe: to change.
        photos: to learn from.
        size: of every stage.
        batch: of every stage.
        epochs: in all, shared among the stages as the recipe's pictures are.
        steps: in all, shared among the stages as the recipe's steps are.

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
        if epochs is not None:
            seen = sum(stage.steps * stage.batch for stage in stages)
            shares = [stage.steps * stage.batch / seen for stage in stages]
            stages = [
                replace(stage, steps=0, epochs=epochs * share)
                for stage, share in zip(stages, shares, strict=True)
            ]
        if steps is not None:
            stages = _shared_out(stages, steps)
        return replace(recipe, stages=tuple(stages)).resolved(photos)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _shared_out(stages: list[Stage], steps: int) -> list[Stage]:
    """Stages of `steps` in all, in the present proportions; those left without any are dropped."""
    whole, done, before = sum(stage.steps for stage in stages), 0, 0
    out = []
    for stage in stages:
        done += stage.steps
        end = round(done * steps / whole)
        if end > before:
            out.append(replace(stage, steps=end - before))
        before = end
    return out


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _stages(text: str) -> list[dict[str, float]]:
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
