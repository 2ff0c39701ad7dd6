"""Kinema, the default network: a U-Net on EfficientNet-Lite2 that draws colour at half resolution.

The encoder is timm's tf_efficientnet_lite2 (Tan and Le 2019; Lite: no squeeze-excitation, ReLU6,
which quantise and compile well). Chroma needs no more than half resolution (4:2:0 film stores no
more), so the decoder (Ronneberger et al. 2015) stops there, where a full-resolution stage would
cost as much as all others together.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from segmentation_models_pytorch.encoders import get_encoder
from torch import Tensor, nn

from models.colorizer import Colorizer, Hints, stack_hints
from models.recipe import Recipe, Stage
from models.variant import Variant

# The encoder's ImageNet weights saw (x - 0.498) / 0.502 of RGB in 0..1.
_MEAN, _DEVIATION = 0.498, 0.502
_AB_SCALE = 50.0  # ab of photographs has a deviation near 15: outputs of order one train well


class _DecoderBlock(nn.Module):
    """Doubles the size, joins the encoder's features, mixes with two 3x3 convolutions."""

    def __init__(self, inputs: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.Conv2d(inputs + skip, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.mix(torch.cat([F.interpolate(x, scale_factor=2.0), skip], dim=1))


class _GlobalContext(nn.Module):
    """Adds to every place what the whole picture is about: scene decides colours (Iizuka 2016)."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, hidden)
        self.spread = nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        context = self.spread(F.relu(self.squeeze(x.mean(dim=(2, 3)))))
        return x + context[:, :, None, None]


class Kinema(Colorizer):
    """L* and optional hints to ab.

    Args:
        widths: channels of the decoder's blocks at 1/16, 1/8, 1/4 and 1/2 of the size.
    """

    size_multiple = 32
    takes_hints = True
    encoder_name = "tu-tf_efficientnet_lite2"

    def __init__(self, *, widths: tuple[int, int, int, int] = (256, 128, 64, 32)) -> None:
        super().__init__()
        # Channels: lightness, hint a*, hint b*, hint mask. `trainers.pretrained` fills it.
        self.encoder = get_encoder(self.encoder_name, in_channels=4, weights=None)
        channels = self.encoder.out_channels
        inputs = (channels[-1], *widths[:-1])
        self.context = _GlobalContext(channels[-1], 128)
        self.blocks = nn.ModuleList(
            _DecoderBlock(i, s, w)
            for i, s, w in zip(inputs, channels[-2:0:-1], widths, strict=True)
        )
        self.head = nn.Conv2d(widths[-1], 2, 3, padding=1)
        assert self.head.bias is not None
        nn.init.zeros_(self.head.bias)

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        self.check_size(lightness)
        grey = (lightness / 100 - _MEAN) / _DEVIATION
        features = self.encoder(torch.cat([grey, stack_hints(lightness, hints)], dim=1))
        x = self.context(features[-1])
        for block, skip in zip(self.blocks, features[-2:0:-1], strict=True):
            x = block(x, skip)
        small = self.head(x).float().contiguous()  # two channels go quicker as planes
        ab = F.interpolate(small, scale_factor=2.0, mode="bilinear", align_corners=False)
        return ab * _AB_SCALE


VARIANTS = (
    Variant(
        name="kinema",
        builder=Kinema,
        source="this project; encoder EfficientNet-Lite2 (Tan and Le 2019)",
        recipe=Recipe(
            stages=(Stage(128, 32, 2500), Stage(192, 24, 1450)),
            learning_rate=1e-3,
            encoder_rate=0.4,
            warmup=200,
            decay_from=0.55,
            ema=0.999,
            clip=1.0,
            crop=(0.6, 1.0),
            flip=0.5,
        ),
    ),
)
