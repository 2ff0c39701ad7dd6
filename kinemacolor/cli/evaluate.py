"""`kinemacolor evaluate`. Heavy imports wait for the call."""

from __future__ import annotations

import json
import math
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from kinemacolor.models.errors import SettingsError


class Precision(StrEnum):
    """What the network computes in."""

    FP32 = "fp32"
    BF16 = "bf16"


def evaluate(
    model: Annotated[str, typer.Argument(help="Network or weights file.")] = "kinema",
    data: Annotated[
        list[str] | None,
        typer.Option(
            help="Colour photos: folder, zip, tar, film, or abstract:geometric|fluid|both. "
            "May be repeated."
        ),
    ] = None,
    hints: Annotated[
        str | None,
        typer.Option(
            help="Give true colours at random pixels: 0.005 or 0.5% is every pixel's chance, a "
            "whole number such as 10 exactly so many points."
        ),
    ] = None,
    film: Annotated[
        bool,
        typer.Option("--film", help="Give the photos' lightness the faults of old films."),
    ] = False,
    every: Annotated[int, typer.Option(min=1, help="Only every N-th photo.")] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    precision: Annotated[Precision, typer.Option(help="The network's.")] = Precision.FP32,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the scores there too, photo by photo.")
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            help="Write a picture (.png, .webp or .jpg) of the photos with the least and the "
            "most gain over grey."
        ),
    ] = None,
) -> None:
    """Score a network on photos whose true colours are known, with plain grey beside it."""
    from tqdm import tqdm

    from kinemacolor.models.errors import WeightsError
    from kinemacolor.models.weights import load
    from kinemacolor.trainers.evaluation import error_predictor, parse_hints, predictor, table
    from kinemacolor.trainers.evaluation import evaluate as score
    from kinemacolor.trainers.evaluation.sheet import KINDS, write_sheet
    from kinemacolor.trainers.pictures import DataError, open_pictures

    rate, points = 0.0, 0
    if hints is not None:
        try:
            rate, points = parse_hints(hints)
        except ValueError as error:
            raise SettingsError(f"--hints {error}") from error
    for target in (json_file, sheet):
        if target is not None and not target.parent.is_dir():
            raise SettingsError(f"{target}: there is no folder {target.parent}")
    if sheet is not None and sheet.suffix.lower() not in KINDS:
        raise SettingsError(f"--sheet {sheet}: give a name that ends in {', '.join(KINDS)}")
    device = _device(device)
    try:
        loaded = load(model)
        network = loaded.network()
        if hints is not None and not network.takes_hints:
            raise SettingsError(f"--hints: {loaded.variant} takes none; leave the option out")
        predict = predictor(network, device, precision)
        pictures = open_pictures(data or [])
        scores = score(
            predict,
            pictures,
            error_predictor=error_predictor(network, device, precision),
            every=every,
            aged=film,
            hint_rate=rate,
            hint_points=points,
            nearest=hints is not None,
            learnt=True,
            device=device,
            progress=lambda batches: tqdm(batches, unit="batch", leave=False, disable=None),
        )
    except (WeightsError, DataError) as error:
        raise SettingsError(str(error)) from error
    typer.echo(table(scores))
    if json_file is not None:
        settings = {
            "model": model,
            "variant": loaded.variant,
            "weights_sha256": loaded.digest,
            "data": data,
            "every": every,
            "film": film,
            "hints_asked": hints,
            "precision": precision.value,
            "device": device,
        }
        _write_json(
            json_file,
            settings
            | scores.to_dict()
            | {
                "unreadable": scores.unreadable,
                "missing": scores.missing,
                "notes": scores.notes,
                "each": [photo.to_dict() for photo in scores.each],
            },
        )
    if sheet is not None:
        write_sheet(sheet, scores, predict, pictures, hint_rate=rate, hint_points=points, aged=film)


def _device(name: str) -> str:
    """The device that a user names, with "auto" settled.

    Raises:
        SettingsError: it is not at hand.
    """
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = name.partition(":")
    known = torch.cuda.device_count() if kind == "cuda" else int(name == "cpu")
    if not (number or "0").isdecimal() or int(number or 0) >= known:
        raise SettingsError(f"--device {name}: not at hand; give auto, cpu, cuda or cuda:N")
    return name


def _write_json(path: Path, values: Any) -> None:
    """JSON knows no nan: null stands for it."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(_plain(values), indent=2, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(part, path)


def _plain(values: Any) -> Any:
    if isinstance(values, dict):
        return {name: _plain(value) for name, value in values.items()}
    if isinstance(values, list | tuple):
        return [_plain(value) for value in values]
    return None if isinstance(values, float) and not math.isfinite(values) else values
