"""Evaluation loop: a network over photos of known colour, batch by batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor

from kinemacolor.models.colorizer import Hints
from kinemacolor.trainers.evaluation.calibration import Calibration
from kinemacolor.trainers.evaluation.figures import Truth, measure
from kinemacolor.trainers.evaluation.learnt import Fid, Lpips, how_to_get, open_fid, open_lpips
from kinemacolor.trainers.evaluation.protocol import centre_lab, composed, draw_hints
from kinemacolor.trainers.evaluation.scores import PhotoScores, Scores, means
from kinemacolor.trainers.hints import spread_nearest
from kinemacolor.trainers.pictures import DataError, Pictures

Predict = Callable[[Tensor, Hints | None], Tensor]
Batches = Iterable[Sequence[int]]


def evaluate(
    predict: Predict,
    pictures: Pictures,
    *,
    error_predictor: Predict | None = None,
    guided: Predict | None = None,
    every: int = 1,
    aged: bool = False,
    hint_rate: float = 0.0,
    hint_points: int = 0,
    nearest: bool = False,
    learnt: bool = False,
    device: str = "cpu",
    batch: int = 8,
    progress: Callable[[Batches], Batches] = iter,
) -> Scores:
    """Scores of `predict`, which maps (N, 1, 256, 256) L* and hints to (N, 2, 256, 256) ab.

    Args:
        predict: the network.
        pictures: whose true colours are known.
        error_predictor: maps the same to the (N, 1, 256, 256) |ab error| that the network expects.
        guided: maps the same to the ab that colouring makes of the hints; also scored.
        every: stride through the pictures, from the first; 1 for all.
        aged: degrade the lightness as old film (`film_degradation`), seeded by the photo's number.
        hint_rate: chance that a pixel's colour is given as a hint, 0 to 1.
        hint_points: exact number of hinted pixels, in place of `hint_rate`.
        nearest: also score `spread_nearest`, a baseline without learning; needs hints.
        learnt: also compute LPIPS and FID, where their weights are on this machine.
        device: torch device that the figures are computed on: "cpu", "cuda", "cuda:N".
        batch: photos at a time; does not change the scores.
        progress: wraps the iteration, as tqdm does.

    Raises:
        DataError: no picture can be read.
    """
    place = torch.device(device)
    lpips = open_lpips(place) if learnt else None
    fid = open_fid(place) if learnt else None
    calibration = Calibration() if error_predictor is not None else None
    each: list[PhotoScores] = []
    unreadable: list[str] = []
    numbers = range(0, len(pictures), every)
    for some in progress([numbers[i : i + batch] for i in range(0, len(numbers), batch)]):
        readable = dict(_readable(pictures, some, aged, unreadable))
        if not readable:
            continue
        lab = torch.stack(list(readable.values())).to(place)
        hints = draw_hints(lab, list(readable), hint_rate, hint_points)
        columns = {"network": predict(lab[:, :1], hints).float().to(place)}
        if error_predictor is not None and calibration is not None:
            predicted_error = error_predictor(lab[:, :1], hints).to(place)
            calibration.add(predicted_error, columns["network"], lab[:, 1:])
        if guided is not None:
            columns["guided"] = guided(lab[:, :1], hints).to(place)
        if nearest and hints is not None:
            columns["nearest"] = spread_nearest(
                lab[:, :1].cpu(), Hints(*(x.cpu() for x in hints))
            ).to(place)
        columns["grey"] = torch.zeros_like(lab[:, 1:])
        names = [pictures.names[number] for number in readable]
        each += _scored(list(readable), names, lab, hints, columns, lpips, fid)
    if not each:
        first = f"; the first: {unreadable[0]}" if unreadable else ""
        raise DataError(f"none of {len(numbers)} pictures can be read{first}")
    found = means(tuple(each))
    for column, distance in (fid.distances() if fid is not None else {}).items():
        found[column]["fid"] = distance
    if calibration is not None:
        for column, figures in found.items():
            figures["calibration"] = calibration.value() if column == "network" else math.nan
    missing = {
        name: how for name, how in how_to_get().items() if learnt and name not in found["grey"]
    }
    backbone = {"lpips": lpips.backbone} if lpips is not None else {}
    return Scores(tuple(each), found, tuple(unreadable), missing, backbone)


def _readable(
    pictures: Pictures, numbers: Sequence[int], aged: bool, unreadable: list[str]
) -> Iterator[tuple[int, Tensor]]:
    """(number, LAB crop) of the readable pictures; names of others are added to `unreadable`."""
    for number in numbers:
        try:
            yield number, centre_lab(pictures.read(number), number if aged else None)
        except DataError:
            unreadable.append(pictures.names[number])


def _scored(
    numbers: Sequence[int],
    names: Sequence[str],
    lab: Tensor,
    hints: Hints | None,
    columns: dict[str, Tensor],
    lpips: Lpips | None,
    fid: Fid | None,
) -> Iterator[PhotoScores]:
    """Scores of a batch's photos, from every column's predicted ab."""
    # TF32's eleven bits are too few for the small differences that structural similarity takes.
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        truth = Truth.of(lab, hints.mask if hints is not None else None)
        rgb = {column: composed(lab, ab) for column, ab in columns.items()}
        found = {column: measure(truth, ab, rgb[column]) for column, ab in columns.items()}
        if lpips is not None:
            for column, picture in rgb.items():
                found[column]["lpips"] = lpips(picture, truth.rgb)
    if fid is not None:
        fid.add({"truth": truth.rgb, **rgb})
    values = {
        column: {name: figure.tolist() for name, figure in figures.items()}
        for column, figures in found.items()
    }
    given = hints.mask.sum(dim=(1, 2, 3)).tolist() if hints is not None else [0] * len(lab)
    colorful = truth.colorfulness.tolist()
    for i, (number, name) in enumerate(zip(numbers, names, strict=True)):
        own = {c: {n: figure[i] for n, figure in figures.items()} for c, figures in values.items()}
        yield PhotoScores(name, number, int(given[i]), colorful[i], own)
