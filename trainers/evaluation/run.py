"""Runs a network over photos and measures what it makes of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor

from kinemacolor.models.colorizer import Hints
from kinemacolor.trainers.evaluation.doubt import RankCorrelation
from kinemacolor.trainers.evaluation.figures import Truth, measure
from kinemacolor.trainers.evaluation.learnt import HOW_TO_GET, Fid, Lpips, open_fid, open_lpips
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
    doubt: Predict | None = None,
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
    """Scores `predict`, which maps (N, 1, 256, 256) L* and hints to (N, 2, 256, 256) ab.

    Args:
        predict: the network.
        pictures: whose true colours are known.
        doubt: gives the (N, 1, 256, 256) error that the network expects of itself.
        every: only every so many-th picture, from the first.
        aged: whether lightness has the faults of old films; those of photo number n depend on n
            alone.
        hint_rate: chance that a pixel's colour is given.
        hint_points: or how many are given, exactly.
        nearest: whether to measure `spread_nearest` beside it, which learns nothing; needs hints.
        learnt: whether to take LPIPS and FID, if their weights are at hand.
        device: where the figures are computed.
        batch: photos at a time; no influence on the scores.
        progress: wraps the iteration, as tqdm does.

    Raises:
        DataError: no picture can be read.
    """
    place = torch.device(device)
    lpips = open_lpips(place) if learnt else None
    fid = open_fid(place) if learnt else None
    sureness = RankCorrelation() if doubt is not None else None
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
        if doubt is not None and sureness is not None:
            sureness.add(doubt(lab[:, :1], hints).to(place), columns["network"], lab[:, 1:])
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
    if sureness is not None:
        for column, figures in found.items():
            figures["sureness"] = sureness.value() if column == "network" else math.nan
    missing = {
        name: how for name, how in HOW_TO_GET.items() if learnt and name not in found["grey"]
    }
    backbone = {"lpips": lpips.backbone} if lpips is not None else {}
    return Scores(tuple(each), found, tuple(unreadable), missing, backbone)


def _readable(
    pictures: Pictures, numbers: Sequence[int], aged: bool, unreadable: list[str]
) -> Iterator[tuple[int, Tensor]]:
    """Numbers and crops; adds the names of the pictures that cannot be read."""
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
    """The scores of a batch's photos from the ab of every column."""
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
