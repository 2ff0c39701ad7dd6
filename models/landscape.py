"""photo-colorization's networks: three small Keras networks for mountain landscapes at 128x128.

All take grey as sRGB codes of 0..255, and predict (ab + 128) / 255 by tanh, half of whose range is
unused. The published losses compare on that scale: ours, in LAB units, are 255 ** 2 times as large,
and so is Keras's epsilon of 1e-7 here.

What differs from the project: its grey is luma (ITU-R BT.601) of the RGB codes and is shown as if
it were lightness; ours is the grey whose lightness the picture has. Kernels that its description
leaves open are chosen here: the U-Net's transposed convolutions are 4x4 like its last. The names of
its weights tell of 200 epochs for the autoencoder and the U-Net; all recipes here have 100.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kinemacolor.models.color.lab import lightness_to_grey
from kinemacolor.models.colorizer import Colorizer, Hints
from kinemacolor.models.keras_layers import (
    Convolution,
    Enlargement,
    Normalisation,
    TransposedConvolution,
)
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.models.variant import Variant

_SCALE = 255.0
_SHIFT = 128.0


class _Landscape(Colorizer):
    """The common scaling: sRGB grey codes in, tanh out; subclasses have the layers between."""

    def draw(self, grey: Tensor) -> Tensor:
        """Predict from (N, 1, H, W) sRGB codes of 0..255 the (N, 2, H, W) input of tanh."""
        raise NotImplementedError

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        self.check_size(lightness)
        raw = self.draw(lightness_to_grey(lightness) * _SCALE)
        return torch.tanh(raw.float()) * _SCALE - _SHIFT


def _layer(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(Convolution(inputs, outputs, size, stride), nn.ReLU())


class LandscapeAutoencoder(_Landscape):
    """The autoencoder: down to a quarter of the size and back, with dropout on the way up."""

    size_multiple = 4

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _layer(1, 8, stride=2),
            Normalisation(8),
            _layer(8, 32),
            _layer(32, 32),
            _layer(32, 32, stride=2),
            Normalisation(32),
            _layer(32, 64),
            _layer(64, 64),
            nn.Dropout(0.2),
            Enlargement(),
            Normalisation(64),
            _layer(64, 32),
            _layer(32, 32),
            nn.Dropout(0.3),
            Enlargement(),
            _layer(32, 16),
            nn.Dropout(0.4),
            Convolution(16, 2),
        )

    def draw(self, grey: Tensor) -> Tensor:
        raw: Tensor = self.layers(grey)
        return raw


class LandscapeResNet(_Landscape):
    """The "ResNet": full resolution, every block's output concatenated with its input."""

    def __init__(self) -> None:
        super().__init__()
        blocks, channels = [], 1
        for width in (8, 16, 32, 32):
            blocks.append(nn.Sequential(_layer(channels, width), _layer(width, width)))
            channels += width
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Sequential(_layer(channels, 16, 2), _layer(16, 8, 1), Convolution(8, 2, 1))

    def draw(self, grey: Tensor) -> Tensor:
        x = grey
        for block in self.blocks:
            x = torch.cat([block(x), x], dim=1)
        raw: Tensor = self.head(x)
        return raw


class LandscapeUNet(_Landscape):
    """The U-Net: down to a 32nd of the size; skips are taken after each level's pooling."""

    size_multiple = 32

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64, 128), centre: int = 64) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            self._encoder(inputs, outputs, normalised=level > 0)
            for level, (inputs, outputs) in enumerate(pairwise((1, *widths)))
        )
        self.centre = _layer(widths[-1], centre, 4, stride=2)
        upwards = widths[::-1]
        self.up = nn.ModuleList(
            nn.Sequential(TransposedConvolution(i, o), nn.ReLU(), nn.Dropout(0.2))
            for i, o in pairwise((centre, *upwards))
        )
        self.mix = nn.ModuleList(
            nn.Sequential(_layer(2 * width, width), _layer(width, width)) for width in upwards
        )
        self.head = TransposedConvolution(widths[0], 2)

    @staticmethod
    def _encoder(inputs: int, outputs: int, *, normalised: bool) -> nn.Sequential:
        layers = [_layer(inputs, outputs), _layer(outputs, outputs)]
        return nn.Sequential(*layers, *([Normalisation(outputs)] if normalised else []))

    def draw(self, grey: Tensor) -> Tensor:
        x, skips = grey, []
        for block in self.down:
            x = F.max_pool2d(block(x), 2)
            skips.append(x)
        x = self.centre(x)
        for up, mix, skip in zip(self.up, self.mix, reversed(skips), strict=True):
            x = mix(torch.cat([up(x), skip], dim=1))
        raw: Tensor = self.head(x)
        return raw


_RECIPE = Recipe(
    stages=(Stage(128, 32, epochs=100),),
    optimizer="rmsprop",
    learning_rate=1e-3,
    betas=(0.0, 0.9),
    eps=1e-7 * _SCALE**2,
    weight_decay=0.0,
    loss="mse",
    precision="fp32",  # bfloat16 tells colours apart in steps of one unit around tanh = 1 / 2
    encoder_weights="none",
)
_SOURCE = "photo-colorization (Prevost 2021)"

VARIANTS = (
    Variant(
        name="landscape_autoencoder",
        builder=LandscapeAutoencoder,
        source=f"{_SOURCE}, autoencoder",
        recipe=_RECIPE,
        published={"loss": "0.00312", "accuracy": "0.747"},
    ),
    Variant(
        name="landscape_resnet",
        builder=LandscapeResNet,
        source=f"{_SOURCE}, ResNet",
        recipe=_RECIPE,
        published={"loss": "0.00335", "accuracy": "0.719"},
    ),
    Variant(
        name="landscape_unet",
        builder=LandscapeUNet,
        source=f"{_SOURCE}, U-Net",
        recipe=_RECIPE,
        published={"loss": "0.00350", "accuracy": "0.755"},
    ),
)
