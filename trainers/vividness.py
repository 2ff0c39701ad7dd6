"""The choice of a network's vividness: as lively as the truth allows.

The mean of all plausible colours is nearest to the truth and pale. With more chroma it looks alive,
and CIEDE2000 rises slowly at first, most slowly where the strong colours get the most: differences
between strong colours count for less. Of all settings whose mean over photos stays within
`MOST_COST` of the best one's, the most colourful is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import NamedTuple

import torch

from kinemacolor.models.kinema import Kinema, livened
from kinemacolor.trainers.evaluation.predictor import predictor
from kinemacolor.trainers.evaluation.protocol import centre_lab, composed
from kinemacolor.trainers.metrics import ciede2000, colorfulness
from kinemacolor.trainers.pictures import DataError, Pictures

_STRIDE = 4  # pixels: of every row and column of these one counts


class Setting(NamedTuple):
    """A vividness and a gamma, as of `kinemacolor.models.kinema.livened`."""

    vividness: float
    gamma: float


SETTINGS = tuple(
    Setting(round(0.8 + 0.05 * step, 2), gamma)
    for step, gamma in product(range(15), (1.0, 1.1, 1.2, 1.3, 1.4))
)
MOST_COST = 0.015  # of the best setting's CIEDE2000


class Livelier(NamedTuple):
    """What a setting gives, as means over photos.

    Attributes:
        ciede2000: to the truth, at its lightness.
        colorfulness: Hasler and Suesstrunk's.
    """

    ciede2000: float
    colorfulness: float


def measure_settings(
    network: Kinema,
    pictures: Pictures,
    settings: Sequence[Setting] = SETTINGS,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> dict[Setting, Livelier]:
    """What settings make of a network's plain colours; it is left with a setting of ones.

    Args:
        network: to be measured.
        pictures: whose true colours are known; unreadable ones are left out.
        settings: to be tried.
        progress: wraps the iteration, as tqdm does.

    Raises:
        DataError: no picture can be read.
    """
    network.vividness.fill_(1)
    network.chroma_gamma.fill_(1)
    predict = predictor(network)
    found: dict[Setting, list[tuple[float, float]]] = {setting: [] for setting in settings}
    for number in progress(range(len(pictures))):
        try:
            lab = centre_lab(pictures.read(number))[None]
        except DataError:
            continue
        ab = predict(lab[:, :1], None)
        lab, ab = (planes[..., ::_STRIDE, ::_STRIDE] for planes in (lab, ab))
        for setting in settings:
            lively = livened(ab, *setting)
            guess = torch.cat([lab[:, :1], lively], dim=1)
            shown = composed(lab, lively)
            found[setting].append((float(ciede2000(guess, lab).mean()), float(colorfulness(shown))))
    if not found[settings[0]]:
        raise DataError(f"none of {len(pictures)} pictures can be read")
    return {
        setting: Livelier(*torch.tensor(each, dtype=torch.float64).mean(0).tolist())
        for setting, each in found.items()
    }


def liveliest(found: dict[Setting, Livelier]) -> Setting:
    """The most colourful setting that costs at most `MOST_COST`."""
    most = (1 + MOST_COST) * min(livelier.ciede2000 for livelier in found.values())
    allowed = (setting for setting, livelier in found.items() if livelier.ciede2000 <= most)
    return max(allowed, key=lambda setting: found[setting].colorfulness)
