"""The networks of Zhang et al.: eccv16, and siggraph17, which takes given colours.

Eccv16 (Zhang, Isola and Efros 2016, "Colorful image colorization") classifies by 313 colours and
takes their mean at a quarter of the size; siggraph17 (Zhang, Zhu, Isola et al. 2017, "Real-time
user-guided image colorization with learned deep priors") adds a decoder and an input for hints.
Names and shapes of their tensors are those of the published weights
(github.com/richzhang/colorization, BSD-2-Clause), which load as they are; layers of those that
nothing here needs are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kinemacolor.models.colorizer import Colorizer, Hints, stack_hints
from kinemacolor.models.foreign_weights import ORIGINS
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.models.variant import Variant

_AB_SCALE = 110.0
_COLORS = 313  # of eccv16's palette


def _normalized(lightness: Tensor) -> Tensor:
    return (lightness - 50) / 100


def _block(
    channels: Sequence[int], *, stride: int = 1, dilation: int = 1, activated: bool = False
) -> nn.Sequential:
    """3x3 convolutions, each with a ReLU, and a batch normalisation at the end.

    Args:
        channels: of the input and of each convolution's output.
        stride: of the last convolution.
        dilation: of all.
        activated: whether a ReLU comes first, for what a sum goes into.
    """
    layers: list[nn.Module] = [nn.ReLU()] if activated else []
    pairs = list(pairwise(channels))
    for place, (inputs, outputs) in enumerate(pairs):
        step = stride if place == len(pairs) - 1 else 1
        layers += [nn.Conv2d(inputs, outputs, 3, step, dilation, dilation), nn.ReLU()]
    return nn.Sequential(*layers, nn.BatchNorm2d(channels[-1]))


def _doubling(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1)


_EIGHTH = (512, 512, 512, 512)  # channels of the blocks at an eighth of the size


class Eccv16(Colorizer):
    """The network of 2016: L* to a*b*."""

    size_multiple = 8

    def __init__(self) -> None:
        super().__init__()
        self.model1 = _block((1, 64, 64), stride=2)
        self.model2 = _block((64, 128, 128), stride=2)
        self.model3 = _block((128, 256, 256, 256), stride=2)
        self.model4 = _block((256, 512, 512, 512))
        self.model5 = _block(_EIGHTH, dilation=2)
        self.model6 = _block(_EIGHTH, dilation=2)
        self.model7 = _block(_EIGHTH)
        self.model8 = nn.Sequential(
            _doubling(512, 256),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, _COLORS, 1),
        )
        self.model_out = nn.Conv2d(_COLORS, 2, 1, bias=False)

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        self.check_size(lightness)
        x = _normalized(lightness)
        for number in range(1, 9):
            x = self.get_submodule(f"model{number}")(x)
        ab: Tensor = self.model_out(x.float().softmax(dim=1).to(x)).float()
        ab = F.interpolate(ab, scale_factor=4.0, mode="bilinear", align_corners=False)
        return ab * _AB_SCALE


class Siggraph17(Colorizer):
    """The network of 2017: L* and hints to a*b*; its mask is 1 where a colour is given."""

    size_multiple = 8
    takes_hints = True

    def __init__(self) -> None:
        super().__init__()
        self.model1 = _block((4, 64, 64))
        self.model2 = _block((64, 128, 128))
        self.model3 = _block((128, 256, 256, 256))
        self.model4 = _block((256, 512, 512, 512))
        self.model5 = _block(_EIGHTH, dilation=2)
        self.model6 = _block(_EIGHTH, dilation=2)
        self.model7 = _block(_EIGHTH)
        # Each name of the decoder's layers is a sequence in the published weights.
        self.model8up = nn.Sequential(_doubling(512, 256))
        self.model3short8 = nn.Sequential(nn.Conv2d(256, 256, 3, padding=1))
        self.model8 = _block((256, 256, 256), activated=True)
        self.model9up = nn.Sequential(_doubling(256, 128))
        self.model2short9 = nn.Sequential(nn.Conv2d(128, 128, 3, padding=1))
        self.model9 = _block((128, 128), activated=True)
        self.model10up = nn.Sequential(_doubling(128, 128))
        self.model1short10 = nn.Sequential(nn.Conv2d(64, 128, 3, padding=1))
        self.model10 = nn.Sequential(
            nn.ReLU(), nn.Conv2d(128, 128, 3, padding=1), nn.LeakyReLU(0.2)
        )
        self.model_out = nn.Sequential(nn.Conv2d(128, 2, 1), nn.Tanh())

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        self.check_size(lightness)
        whole = self.model1(torch.cat([_normalized(lightness), stack_hints(lightness, hints)], 1))
        half = self.model2(whole[:, :, ::2, ::2])
        quarter = self.model3(half[:, :, ::2, ::2])
        x = self.model4(quarter[:, :, ::2, ::2])
        x = self.model7(self.model6(self.model5(x)))
        x = self.model8(self.model8up(x) + self.model3short8(quarter))
        x = self.model9(self.model9up(x) + self.model2short9(half))
        x = self.model10(self.model10up(x) + self.model1short10(whole))
        ab: Tensor = self.model_out(x).float()
        return ab * _AB_SCALE

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *others: Any, **named: Any
    ) -> None:
        for name in ("weight", "bias"):  # of the colours' classes, a help in their training alone
            state_dict.pop(f"{prefix}model_class.0.{name}", None)
        super()._load_from_state_dict(state_dict, prefix, *others, **named)


# Theirs saw ImageNet's 1.3 million photos for weeks, with losses of their own; this is a plain one.
_RECIPE = Recipe(
    stages=(Stage(176, 32, 20_000),), learning_rate=1e-4, flip=0.5, encoder_weights="none"
)

VARIANTS = (
    Variant(
        name="eccv16",
        builder=Eccv16,
        source="Zhang et al. 2016, Colorful image colorization",
        recipe=_RECIPE,
        license=ORIGINS["eccv16"].license,
    ),
    Variant(
        name="siggraph17",
        builder=Siggraph17,
        source="Zhang et al. 2017, Real-time user-guided image colorization",
        recipe=replace(_RECIPE, hints=(0.0, 0.0003, 0.005)),
        license=ORIGINS["siggraph17"].license,
    ),
)
