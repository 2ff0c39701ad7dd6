"""The choice of a network's vividness: as lively as the truth allows.

The mean of all plausible colours is nearest to the truth and pale. Scaled up it looks alive, and
CIEDE2000 rises slowly at first: the largest factor whose mean over photos stays within
`MOST_COST` of the best factor's is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import torch

from kinemacolor.models.kinema import Kinema
from kinemacolor.trainers.evaluation.predictor import predictor
from kinemacolor.trainers.evaluation.protocol import centre_lab, composed
from kinemacolor.trainers.metrics import ciede2000, colorfulness
from kinemacolor.trainers.pictures import DataError, Pictures

FACTORS = tuple(round(0.9 + 0.05 * step, 2) for step in range(11))
MOST_COST = 0.015  # of the best factor's CIEDE2000


class Livelier(NamedTuple):
    """What a factor on ab gives, as means over photos.

    Attributes:
        ciede2000: to the truth, at its lightness.
        colorfulness: Hasler and Suesstrunk's.
    """

    ciede2000: float
    colorfulness: float


def measure_factors(
    network: Kinema,
    pictures: Pictures,
    factors: Sequence[float] = FACTORS,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> dict[float, Livelier]:
    """What factors on a network's own ab give, whatever its vividness is.

    Args:
        network: without hints its ab is proportional to its vividness.
        pictures: whose true colours are known; unreadable ones are left out.
        factors: to be tried.
        progress: wraps the iteration, as tqdm does.

    Raises:
        DataError: no picture can be read.
    """
    predict = predictor(network)
    found: dict[float, list[tuple[float, float]]] = {factor: [] for factor in factors}
    for number in progress(range(len(pictures))):
        try:
            lab = centre_lab(pictures.read(number))[None]
        except DataError:
            continue
        plain = predict(lab[:, :1], None) / network.vividness
        for factor in factors:
            guess = torch.cat([lab[:, :1], factor * plain], dim=1)
            shown = composed(lab, factor * plain)
            found[factor].append((float(ciede2000(guess, lab).mean()), float(colorfulness(shown))))
    if not found[factors[0]]:
        raise DataError(f"none of {len(pictures)} pictures can be read")
    return {
        factor: Livelier(*torch.tensor(each, dtype=torch.float64).mean(0).tolist())
        for factor, each in found.items()
    }


def liveliest(found: dict[float, Livelier]) -> float:
    """The largest factor that costs at most `MOST_COST`."""
    most = (1 + MOST_COST) * min(livelier.ciede2000 for livelier in found.values())
    return max(factor for factor, livelier in found.items() if livelier.ciede2000 <= most)
