"""The commands that train and measure, for `engine.cli`. Heavy imports wait for the call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from models.recipe import Recipe


class CommandError(Exception):
    """What a user asked for cannot be done; the message is one line."""


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


def train(
    variant: Annotated[str, typer.Argument(help="Network, as `kinemacolor models` lists it.")],
    data: Annotated[Path, typer.Option(help="Folder of colour photos to learn from.")],
    out: Annotated[Path, typer.Option(help="Folder of the run: checkpoint, weights, curves.")],
    val: Annotated[Path | None, typer.Option(help="Folder of photos to score on.")] = None,
    encoder_weights: Annotated[
        str | None, typer.Option(help="imagenet (from its hub), none, or a state dict's path.")
    ] = None,
    init: Annotated[str | None, typer.Option(help="Weights to start from.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Recipe field to change, NAME=VALUE.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda or cuda:N.")] = "cpu",
    workers: Annotated[int, typer.Option(help="Processes that load photos.")] = 1,
    save_every: Annotated[int, typer.Option(help="Steps between checkpoints.")] = 100,
    score_every: Annotated[int, typer.Option(help="Steps between scores.")] = 500,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in OUT.")] = False,
) -> None:
    """Train a network on photos; grey and toned photos are left out and counted."""
    from models import catalog
    from trainers.loop import Training
    from trainers.photos import DataError, PhotoSet, find_photos
    from trainers.pretrained import PretrainedError

    try:
        recipe = catalog.variant(variant).recipe
    except KeyError as error:
        raise CommandError(error.args[0]) from error
    changes = list(set_ or [])
    if encoder_weights is not None:
        changes.append(f"encoder_weights={encoder_weights}")
    recipe = overridden(recipe, changes)
    out.mkdir(parents=True, exist_ok=True)
    try:
        photos = PhotoSet.scan(data, out / "photos.json")
        validation = find_photos(val) if val is not None else []
        left_out = ", ".join(f"{n} {kind}" for kind, n in photos.left_out.items())
        typer.echo(f"{len(photos.paths)} photos; left out: {left_out}", err=True)
        training = Training(
            variant, recipe, photos, validation, out, device=device, init=init, resume=resume
        )
    except (DataError, PretrainedError, FileExistsError) as error:
        raise CommandError(str(error)) from error
    training.run(save_every=save_every, score_every=score_every, workers=workers)
    typer.echo(f"weights: {out / 'best.safetensors'}", err=True)


def evaluate(
    model: Annotated[str, typer.Argument(help="Network or weights file.")] = "kinema",
    data: Annotated[Path, typer.Option(help="Folder of colour photos.")] = Path("photos"),
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    every: Annotated[int, typer.Option(min=1, help="Only every N-th photo.")] = 1,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the scores there as JSON too.")
    ] = None,
) -> None:
    """Score a network on photos whose true colours are known, with plain grey beside it."""
    import torch
    from tqdm import tqdm

    from models.weights import WeightsError, load
    from trainers.evaluation import evaluate as score
    from trainers.evaluation import table
    from trainers.photos import DataError, find_photos

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        loaded = load(model)
        paths = find_photos(data)[::every]
    except (WeightsError, DataError) as error:
        raise CommandError(str(error)) from error
    network = loaded.network.to(device)

    @torch.inference_mode()
    def predict(lightness: torch.Tensor) -> torch.Tensor:
        return network(lightness.to(device)).float().cpu()

    scores = score(predict, paths, progress=lambda batches: tqdm(batches, unit="batch"))
    if json_file is not None:
        json_file.write_text(json.dumps({"model": model, **scores.to_dict()}, indent=2) + "\n")
    typer.echo(table(scores))


def models() -> None:
    """List the networks: parameters, hints, and whether weights are at hand."""
    from models.catalog import CATALOG
    from models.weights import WEIGHTS_FOLDER

    for name, variant in CATALOG.items():
        network = variant.builder()
        millions = sum(p.numel() for p in network.parameters()) / 1e6
        at_hand = (WEIGHTS_FOLDER / f"{name}.safetensors").is_file()
        typer.echo(
            f"{name}: {millions:.2f} M parameters, sides a multiple of {network.size_multiple}, "
            f"{'takes' if network.takes_hints else 'no'} hints, "
            f"{'weights at hand' if at_hand else 'no weights'}; {variant.source}"
        )
