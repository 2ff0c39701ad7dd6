"""A network small enough to train in tests, and photos that need no files."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from kinemacolor.models.catalog import CATALOG
from kinemacolor.models.colorizer import Colorizer, Hints, stack_hints
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.models.variant import Variant

RECIPE = Recipe(
    stages=(Stage(16, 4, 6), Stage(32, 2, 4)),
    encoder_weights="none",
    learning_rate=0.01,
    precision="fp32",
)


class Tiny(Colorizer):
    """Two convolutions around a dropout."""

    size_multiple = 2
    takes_hints = True

    def __init__(self, dropout: float = 0.5, norm: bool = False) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(4, 8, 3, padding=1),
            nn.BatchNorm2d(8) if norm else nn.Identity(),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Conv2d(8, 2, 3, padding=1),
        )

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        x = torch.cat([lightness / 50 - 1, stack_hints(lightness, hints)], dim=1)
        return self.layers(x) * 50


@dataclass(frozen=True)
class Noise:
    """Pictures of smooth random colours."""

    count: int = 6

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"noise-{n}" for n in range(self.count))

    def __len__(self) -> int:
        return self.count

    def read(self, number: int) -> np.ndarray:
        noise = np.random.default_rng(number).random((6, 8, 3), np.float32)
        big = cv2.resize(noise, (48, 36), interpolation=cv2.INTER_CUBIC).clip(0, 1)
        return (big * 255).astype(np.uint8)


def register(patch, **options) -> None:
    """Puts a "tiny" variant into the catalog, for as long as the monkeypatch lasts."""
    variant = Variant(name="tiny", builder=lambda: Tiny(**options), source="tests", recipe=RECIPE)
    patch.setitem(CATALOG, "tiny", variant)


def table(folder: Path, name: str = "log.csv") -> list[dict[str, str]]:
    """The rows of a run's records."""
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))
