"""Colorization_Autoencoder: one convolutional autoencoder, trained on three sets of abstract art.

V1 learnt geometric pictures, V2 fluid ones, V12 both. L* goes in as it is, 0..100; a*b* are tanh
times 128, at half resolution, enlarged by repetition. The published losses compare ab / 128: ours,
in LAB units, are 128 ** 2 times as large, and so is Keras's epsilon of 1e-7 here.

Text and code differ: the text speaks of transposed convolutions, 350 pictures of each kind and
outputs of 0..1; the code enlarges and convolves, and its outputs reach from -1 to 1.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from kinemacolor.models.colorizer import Colorizer, Hints
from kinemacolor.models.keras_layers import Convolution, Enlargement
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.models.variant import Variant

_AB_SCALE = 128.0


def _layer(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(Convolution(inputs, outputs, stride=stride), nn.ReLU())


class Autoencoder(Colorizer):
    """The autoencoder from L* to a*b*, with 512 channels at an eighth of the size."""

    size_multiple = 8

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _layer(1, 64, stride=2),
            _layer(64, 128),
            _layer(128, 128, stride=2),
            _layer(128, 256),
            _layer(256, 256, stride=2),
            _layer(256, 512),
            _layer(512, 512),
            _layer(512, 256),
            _layer(256, 128),
            Enlargement(),
            _layer(128, 64),
            Enlargement(),
            _layer(64, 32),
            _layer(32, 16),
            Convolution(16, 2),
        )
        self.enlarge = Enlargement()

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        self.check_size(lightness)
        small = torch.tanh(self.layers(lightness).float()) * _AB_SCALE
        ab: Tensor = self.enlarge(small)
        return ab


_SOURCE = "Colorization_Autoencoder (2022)"
_RECIPE = Recipe(
    stages=(Stage(256, 35, epochs=150),),
    optimizer="adam",
    learning_rate=1e-3,
    eps=1e-7 * _AB_SCALE**2,
    weight_decay=0.0,
    loss="mse",
    encoder_weights="none",
)
_PARAMETERS = {"parameters": "6.219410 M"}

VARIANTS = (
    Variant(
        name="autoencoder_v1",
        builder=Autoencoder,
        source=f"{_SOURCE}, V1: geometric pictures",
        recipe=_RECIPE,
        data="abstract:geometric",
        published=_PARAMETERS | {"epochs": "150"},
    ),
    Variant(
        name="autoencoder_v2",
        builder=Autoencoder,
        source=f"{_SOURCE}, V2: fluid pictures",
        recipe=_RECIPE,
        data="abstract:fluid",
        published=_PARAMETERS | {"epochs": "150"},
    ),
    Variant(
        name="autoencoder_v12",
        builder=Autoencoder,
        source=f"{_SOURCE}, V12: geometric and fluid pictures",
        recipe=replace(_RECIPE, stages=(Stage(256, 35, epochs=100),)),
        data="abstract:both",
        published=_PARAMETERS | {"epochs": "100"},
    ),
)
