"""Changes to a recipe from the command line."""

from __future__ import annotations

import json
from typing import Any

from models.recipe import Recipe
from trainers.commands.errors import CommandError


def overridden(recipe: Recipe, changes: list[str]) -> Recipe:
    """A recipe with fields replaced, given as NAME=VALUE with JSON or plain text values.

    `stages` may be written SIZExBATCHxSTEPS,...

    Raises:
        CommandError: a change is malformed or names no field.
    """
    values = recipe.to_dict()
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals or name not in values:
            raise CommandError(
                f"--set {change}: use NAME=VALUE with NAME one of {', '.join(values)}"
            )
        values[name] = _stages(text) if name == "stages" else _value(text)
    try:
        return Recipe.from_dict(values)
    except (TypeError, ValueError) as error:
        raise CommandError(f"--set: {error}") from error


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _stages(text: str) -> list[dict[str, int]]:
    try:
        return [
            dict(zip(("size", "batch", "steps"), map(int, part.split("x")), strict=True))
            for part in text.split(",")
        ]
    except ValueError as error:
        raise CommandError(f"--set stages={text}: use SIZExBATCHxSTEPS,...") from error
