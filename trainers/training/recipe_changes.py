"""Changes to a training recipe, as the options of `kinemacolor train` give them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, TypedDict

from kinemacolor.models.errors import SettingsError
from kinemacolor.models.recipe import Recipe, Stage


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
    """A recipe with other stages, whose lengths are in steps.

    Args:
        recipe: to change.
        photos: number of photos to learn from, by which epochs become steps.
        size: side of the crops of every stage, pixels.
        batch: crops a step of every stage.
        epochs: of all stages together, divided among them in proportion to their crops.
        steps: of all stages together, divided among them in proportion to their steps.

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
            stages = _with_steps(stages, steps)
        return replace(recipe, stages=tuple(stages)).resolved(photos)
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


def _value(text: str) -> Any:
    """A value in JSON, or else the text itself; `Recipe.from_dict` checks its type."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
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
