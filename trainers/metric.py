"""Training of the metric by which guided colour's pictures are matched.

Usage: python -m kinemacolor.trainers.metric --data SRC ... [--out FILE]

The appearance encoder looks once at pairs of views of photos. Then a linear head is trained
by the colours that each view's cells take from the other's: the loss is their error. Some minutes
on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from kinemacolor.models import appearance
from kinemacolor.models.appearance import Appearance
from kinemacolor.models.metric import WEIGHTS, cells_of, joined, projected, statistics_of, tone_of
from kinemacolor.models.weights_files import file_digest
from kinemacolor.trainers.photos import color_kind
from kinemacolor.trainers.pictures import DataError, Pictures, open_pictures
from kinemacolor.trainers.view_pairs import SIDE, View, view_pair

_ENLARGED = 1.5  # as guided colour enlarges what it matches
_CELLS = (SIDE * 3 // 16,) * 2
_SMALLEST = 230  # pixels of a photo's short side: with fewer there is no detail to match
_ASKED = 320  # cells of a view that take colours
_BATCH = 4  # pairs
_RATE, _RATE_OF_TEMPERATURE = 1e-3, 1e-2
_TEMPERATURE = 0.03  # to begin with
_SOFT = 0.5  # ab units: below this an error counts by its square
_CHROMA = 0.045  # CIEDE2000's: how much less a difference counts for each unit of chroma


@dataclass(frozen=True, eq=False)
class Pair:
    """Cells of two views of a photo.

    Attributes:
        queries: (_ASKED, c) float16 features of cells that take colours.
        truth: (_ASKED, 2) float32 ab of theirs.
        keys: (cells, c) float16 features of those that colours are taken from.
        colors: (cells, 2) float32 ab of these.
    """

    queries: Tensor
    truth: Tensor
    keys: Tensor
    colors: Tensor


@torch.no_grad()
def look(rgb: np.ndarray, encoder: Appearance, rng: np.random.Generator) -> Pair:
    """A pair of views of a (h, w, 3) uint8 photo, as the appearance encoder sees them."""
    views = view_pair(rgb, rng)
    (asked, asked_tone), (others, tone) = (_features(view, encoder) for view in views)
    statistics = statistics_of(others)
    chosen = torch.from_numpy(rng.choice(_CELLS[0] * _CELLS[1], _ASKED, replace=False))
    truth, colors = (
        torch.from_numpy(cv2.resize(ab, _CELLS, interpolation=cv2.INTER_AREA).reshape(-1, 2))
        for _, ab in views
    )
    queries = joined(asked, asked_tone, statistics)[chosen].half()
    return Pair(queries, truth[chosen], joined(others, tone, statistics).half(), colors)


def _features(view: View, encoder: Appearance) -> tuple[tuple[Tensor, ...], Tensor]:
    side = round(SIDE * _ENLARGED)
    large = cv2.resize(view[0], (side, side), interpolation=cv2.INTER_CUBIC)
    picture = torch.from_numpy(large)[None, None].contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        seen = encoder(picture)
    quarter, eighth, sixteenth = (planes[0].float() for planes in seen)
    return cells_of(quarter, eighth, sixteenth), tone_of(torch.from_numpy(view[0]), _CELLS)


def train(pairs: Sequence[Pair], width: int, steps: int, seed: int = 0) -> Tensor:
    """The head, (c, width), that is fitted to pairs; the same for the same seed."""
    torch.manual_seed(seed)
    # Square to begin with, from the features as they are: that ends better than a narrow one.
    head = torch.eye(pairs[0].keys.shape[1], requires_grad=True)
    sharpness = torch.tensor(float(-np.log(_TEMPERATURE)), requires_grad=True)
    rates = [_RATE, _RATE_OF_TEMPERATURE]
    groups = [
        {"params": [part], "lr": rate} for part, rate in zip((head, sharpness), rates, strict=True)
    ]
    optimizer = torch.optim.Adam(groups)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, steps, pct_start=0.1)
    for _ in (progress := tqdm(range(steps), desc="metric")):
        batch = [pairs[place] for place in torch.randint(0, len(pairs), (_BATCH,)).tolist()]
        loss = torch.stack([error(pair, head, sharpness.exp()) for pair in batch]).mean()
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        progress.set_postfix(error=f"{loss.item():.2f}", refresh=False)
    # Half way back to the features as they are: films differ more than views of photos do, and the
    # mean of both ends keeps what each does well (WiSE-FT, Wortsman et al. 2022).
    robust = (head.detach() + torch.eye(len(head))) / 2
    return _narrowed(robust, pairs, width)


def error(pair: Pair, head: Tensor, sharpness: Tensor) -> Tensor:
    """Mean error of the colours that cells take, in ab units, less where truth is vivid."""
    queries, keys = (projected(x.float(), head) for x in (pair.queries, pair.keys))
    taken = torch.softmax(queries @ keys.T * sharpness, 1) @ pair.colors
    distance = ((taken - pair.truth).square().sum(1) + _SOFT**2).sqrt()
    counted: Tensor = distance / (1 + _CHROMA * pair.truth.norm(dim=1))
    return counted.mean()


def _narrowed(head: Tensor, pairs: Sequence[Pair], width: int) -> Tensor:
    """(c, width) of a head: the directions of most energy, whose similarities are all but its."""
    some = torch.cat([pair.keys[::9] for pair in pairs[::3]]).float() @ head
    directions = torch.linalg.eigh(some.T @ some)[1][:, -width:]
    narrowed: Tensor = (head @ directions).contiguous()
    return narrowed


def _pairs(sources: Sequence[Pictures], count: int, encoder: Appearance) -> list[Pair]:
    """Of photos of all sources by turns, each at random.

    Raises:
        DataError: no photo is large enough and in colour.
    """
    orders = [np.random.default_rng(1).permutation(len(source.names)) for source in sources]
    turns = [
        (source, int(order[turn]))
        for turn in range(max(map(len, orders)))
        for source, order in zip(sources, orders, strict=True)
        if turn < len(order)
    ]
    pairs: list[Pair] = []
    progress = tqdm(total=count, desc="photos")
    for place, (source, number) in enumerate(turns):
        try:
            rgb = source.read(number)
        except DataError:
            continue
        if min(rgb.shape[:2]) >= _SMALLEST and color_kind(rgb) == "colour":
            pairs.append(look(rgb, encoder, np.random.default_rng(place)))
            progress.update()
        if len(pairs) == count:
            break
    if not pairs:
        problem = f"of {len(turns)} photos none is in colour and has {_SMALLEST} pixels a side"
        raise DataError(problem, remedy="give larger photos")
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m kinemacolor.trainers.metric",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", nargs="+", required=True, metavar="SRC", help="photos")
    parser.add_argument("--photos", type=int, default=800, help="how many to learn from")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--width", type=int, default=192, help="of the head")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    encoder = appearance.shipped()
    try:
        sources = [open_pictures([source]) for source in options.data]
        head = train(_pairs(sources, options.photos, encoder), options.width, options.steps)
    except DataError as error:
        parser.exit(1, f"{error}\n")
    save_file({"head": head.half()}, options.out, {"encoder": file_digest(appearance.WEIGHTS)})


if __name__ == "__main__":
    main()
