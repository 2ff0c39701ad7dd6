"""`kinemacolor train`. Heavy imports wait for the call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainers.commands.changes import overridden
from trainers.commands.errors import CommandError


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
    from trainers.photos import PhotoSet, find_photos
    from trainers.pictures import DataError, open_pictures
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
        photos = PhotoSet.scan(open_pictures([str(data)], out / "pictures"), out / "photos.json")
        validation = find_photos(val) if val is not None else []
        left_out = ", ".join(f"{n} {kind}" for kind, n in photos.left_out.items())
        typer.echo(f"{len(photos)} photos; left out: {left_out}", err=True)
        training = Training(
            variant, recipe, photos, validation, out, device=device, init=init, resume=resume
        )
    except (DataError, PretrainedError, FileExistsError) as error:
        raise CommandError(str(error)) from error
    training.run(save_every=save_every, score_every=score_every, workers=workers)
    typer.echo(f"weights: {out / 'best.safetensors'}", err=True)
