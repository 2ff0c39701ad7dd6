"""`kinemacolor evaluate`. Heavy imports wait for the call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from trainers.commands.errors import CommandError


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

    from models.colorizer import Hints
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
    def predict(lightness: torch.Tensor, hints: Hints | None) -> torch.Tensor:
        return network(lightness.to(device), hints).float().cpu()

    scores = score(predict, paths, progress=lambda batches: tqdm(batches, unit="batch"))
    if json_file is not None:
        json_file.write_text(json.dumps({"model": model, **scores.to_dict()}, indent=2) + "\n")
    typer.echo(table(scores))
