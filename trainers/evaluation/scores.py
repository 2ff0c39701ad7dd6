"""Results of an evaluation: every photo's metrics, and their means."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kinemacolor.trainers.evaluation.figures import FIGURES

Figures = Mapping[str, float]


@dataclass(frozen=True)
class PhotoScores:
    """Metrics of one photo, by name in `FIGURES`.

    Attributes:
        name, number: of the photo in its source.
        hints: pixels whose colour was given.
        colorfulness_true: colourfulness of the photo itself.
        columns: metrics of "network", "grey" and, if asked for, "guided" and "nearest".
    """

    name: str
    number: int
    hints: int
    colorfulness_true: float
    columns: Mapping[str, Figures]

    @property
    def gain(self) -> float:
        """How much smaller CIEDE2000 is than plain grey's."""
        return self.columns["grey"]["ciede2000"] - self.columns["network"]["ciede2000"]

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "number": self.number,
            "hints": self.hints,
            **_flat(self.columns),
            "colorfulness_true": self.colorfulness_true,
        }


@dataclass(frozen=True)
class Scores:
    """Scores of a network: means over photos.

    Attributes:
        each: the photos.
        columns: the means of "network", "grey" (ab = 0) and, if asked for, "guided": what the
            engine makes of hints, and "nearest": each pixel takes its nearest hints' colours,
            without learning.
        unreadable: names of pictures that could not be read and are left out.
        missing: metrics that could not be computed, by name, with how to get their weights.
        notes: further facts about a metric by its name, such as LPIPS' backbone.
    """

    each: tuple[PhotoScores, ...]
    columns: Mapping[str, Figures]
    unreadable: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def photos(self) -> int:
        return len(self.each)

    @property
    def ratio(self) -> float:
        """CIEDE2000 as a fraction of plain grey's: below 1 is a gain."""
        grey = self.columns["grey"]["ciede2000"]
        return self.ciede2000 / grey if grey else math.nan

    @property
    def ciede2000(self) -> float:
        return self.columns["network"]["ciede2000"]

    @property
    def psnr(self) -> float:
        return self.columns["network"]["psnr"]

    @property
    def ssim(self) -> float:
        return self.columns["network"]["ssim"]

    @property
    def colorfulness(self) -> float:
        return self.columns["network"]["colorfulness"]

    @property
    def colorfulness_true(self) -> float:
        return float(np.mean([photo.colorfulness_true for photo in self.each]))

    @property
    def hints(self) -> float:
        """Pixels a photo whose colour was given, in the mean."""
        return float(np.mean([photo.hints for photo in self.each]))

    def to_dict(self) -> dict[str, float]:
        """The means: NAME of the network, NAME_grey and so on, and NAME_gain over grey."""
        network, grey = self.columns["network"], self.columns["grey"]
        gains = {f"{k}_gain": FIGURES[k].gain(v, grey[k]) for k, v in network.items()}
        return {
            "photos": self.photos,
            "hints": self.hints,
            **_flat(self.columns),
            "colorfulness_true": self.colorfulness_true,
            "ratio": self.ratio,
            **gains,
        }


def means(each: tuple[PhotoScores, ...]) -> dict[str, dict[str, float]]:
    """Mean by column and metric, over the photos that have the metric (are finite)."""
    found: dict[str, dict[str, float]] = {}
    for column in each[0].columns:
        found[column] = {}
        for name in each[0].columns[column]:
            values = np.array([photo.columns[column][name] for photo in each])
            values = values[np.isfinite(values)]
            found[column][name] = float(values.mean()) if len(values) else math.nan
    return found


def _flat(columns: Mapping[str, Figures]) -> dict[str, float]:
    return {
        name if column == "network" else f"{name}_{column}": value
        for column, figures in columns.items()
        for name, value in figures.items()
    }
