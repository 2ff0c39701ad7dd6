"""MSAU-Net, a U-Net that propagates colour hints, and the two baselines of its ablation.

The project (Gachon University 2022) shows its architecture as pictures only: multi-scale
convolution blocks after MSU-Net (Su et al. 2021) and skips under spatial and channel attention
after CBAM (Woo et al. 2018) and the spatial-channel attention gate (Khanh et al. 2020). What the
pictures leave open is chosen here: larger scales are stacked 3x3 convolutions (as MSU-Net
allows), the gates see the decoder's features, and the output is linear. Baselines: the U-Net of
Ronneberger et al. (2015) and the Attention U-Net of Oktay et al. (2018), both with batch norm.

Unlike the project's, these three start from hints spread without learning
(`kinemacolor.models.hint_spread`) and learn a residual, which saves most of the training.
`msau_net_sparse` is faithful: it sees L*, the hints' a*b* and the mask alone, and learns to
propagate them itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kinemacolor.models.colorizer import Colorizer, Hints, stack_hints
from kinemacolor.models.hint_spread import spread
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.models.variant import Variant

_AB_SCALE = 50.0  # outputs of order one train well


def _convolution(inputs: int, outputs: int, size: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class _DoubleConvolution(nn.Sequential):
    """U-Net's block: two 3x3 convolutions."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(_convolution(inputs, outputs), _convolution(outputs, outputs))


class _MultiScale(nn.Module):
    """A multi-scale block: receptive fields of 3, 5 and 7 pixels, mixed by a 1x1 convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        half = outputs // 2
        self.three = _convolution(inputs, outputs)
        self.five = _convolution(outputs, half)
        self.seven = _convolution(half, half)
        self.mix = _convolution(outputs + 2 * half, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        three = self.three(x)
        five = self.five(three)
        mixed: Tensor = self.mix(torch.cat([three, five, self.seven(five)], dim=1))
        return mixed


class _NoGate(nn.Module):
    """An ungated skip connection, as in U-Net."""

    def __init__(self, channels: int) -> None:
        super().__init__()

    def forward(self, skip: Tensor, gate: Tensor) -> Tensor:
        return skip


class _AdditiveGate(nn.Module):
    """Attention U-Net's additive gate: weighs the skip's positions by the decoder's features."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = max(8, channels // 2)
        self.skip = nn.Conv2d(channels, inner, 1)
        self.gate = nn.Conv2d(channels, inner, 1)
        self.weight = nn.Conv2d(inner, 1, 1)

    def forward(self, skip: Tensor, gate: Tensor) -> Tensor:
        weight = self.weight(F.relu(self.skip(skip) + self.gate(gate)))
        return skip * torch.sigmoid(weight)


class _SpatialChannelGate(nn.Module):
    """Channel, then spatial attention on the skip, from the skip and the decoder's features."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = nn.Sequential(
            nn.Linear(2 * channels, max(8, channels // 4)),
            nn.ReLU(inplace=True),
            nn.Linear(max(8, channels // 4), channels),
        )
        self.places = nn.Conv2d(4, 1, 7, padding=3)

    def forward(self, skip: Tensor, gate: Tensor) -> Tensor:
        both = (skip, gate)
        means = torch.cat([x.mean(dim=(2, 3)) for x in both], dim=1)
        peaks = torch.cat([x.amax(dim=(2, 3)) for x in both], dim=1)
        weight = torch.sigmoid(self.channels(means) + self.channels(peaks))
        skip = skip * weight[:, :, None, None]
        maps = [x.mean(dim=1, keepdim=True) for x in (skip, gate)]
        maps += [x.amax(dim=1, keepdim=True) for x in (skip, gate)]
        return skip * torch.sigmoid(self.places(torch.cat(maps, dim=1)))


class HintUNet(Colorizer):
    """A U-Net from L* and hints to a*b*, with any convolution block and skip gate.

    Args:
        block: makes a level's convolutions from the numbers of input and output channels.
        gate: makes a skip's gate from the number of channels.
        widths: channels of the levels, from full resolution down.
        sparse: take the hints as they are given, instead of spread over the picture.
    """

    takes_hints = True

    def __init__(
        self,
        block: Callable[[int, int], nn.Module] = _DoubleConvolution,
        gate: Callable[[int], nn.Module] = _NoGate,
        *,
        widths: tuple[int, ...] = (32, 64, 128, 256, 512),
        sparse: bool = False,
    ) -> None:
        super().__init__()
        self.sparse = sparse
        self.size_multiple = 2 ** (len(widths) - 1)
        self.down = nn.ModuleList(
            block(i, o) for i, o in zip((4 if sparse else 6, *widths[:-1]), widths, strict=True)
        )
        upwards = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.shrink = nn.ModuleList(_convolution(i, o, 1) for i, o in upwards)
        self.gates = nn.ModuleList(gate(o) for _, o in upwards)
        self.up = nn.ModuleList(block(2 * o, o) for _, o in upwards)
        self.head = nn.Conv2d(widths[0], 2, 1)
        if not sparse:  # the spread hints are the first guess
            nn.init.zeros_(self.head.weight)
        assert self.head.bias is not None
        nn.init.zeros_(self.head.bias)

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        self.check_size(lightness)
        start = lightness.new_zeros(1)
        x = torch.cat([lightness / 50 - 1, stack_hints(lightness, hints)], dim=1)
        if not self.sparse:
            start = torch.zeros_like(x[:, :2]) if hints is None else spread(lightness, hints)
            x = torch.cat([x, start / _AB_SCALE], dim=1)
        skips = []
        for level, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if level else x)
            skips.append(x)
        for shrink, gate, block, skip in zip(
            self.shrink, self.gates, self.up, skips[-2::-1], strict=True
        ):
            x = F.interpolate(shrink(x), scale_factor=2.0)
            x = block(torch.cat([gate(skip, x), x], dim=1))
        change: Tensor = self.head(x)
        return start + change.float() * _AB_SCALE


def _hint_attention_unet() -> HintUNet:
    return HintUNet(gate=_AdditiveGate)


def _msau_net(*, sparse: bool = False) -> HintUNet:
    return HintUNet(_MultiScale, _SpatialChannelGate, sparse=sparse)


# The project names 10,000 pictures, 256x256, batch 16 and Adam, but no epochs: thirty is ours.
_RECIPE = Recipe(
    stages=(Stage(256, 16, epochs=30),),
    optimizer="adam",
    learning_rate=5e-4,
    betas=(0.5, 0.999),
    weight_decay=0.0,
    psnr_floor=33.0,
    floor_drop=1 / 70,
    loss="l1_ssim",
    monitor="psnr",
    crop=(1.0, 1.0),
    flip=0.5,
    hints=(0.03, 0.01, 0.005),
    hint_rate=0.005,
    encoder_weights="none",
)
_SOURCE = "Hint-based-Image-Colorization-Using-MSAU-Net (2022)"

VARIANTS = (
    Variant(
        name="msau_net",
        builder=_msau_net,
        source=_SOURCE,
        recipe=_RECIPE,
        published={"PSNR, dB": "34.0958", "SSIM": ".9679", "ablation": "31.79 dB / .9685"},
    ),
    Variant(
        name="msau_net_sparse",
        builder=partial(_msau_net, sparse=True),
        source=f"{_SOURCE}, hints as given",
        recipe=_RECIPE,
        published={"PSNR, dB": "34.0958", "SSIM": ".9679"},
    ),
    Variant(
        name="hint_unet",
        builder=HintUNet,
        source=f"{_SOURCE}, ablation; U-Net (Ronneberger et al. 2015)",
        recipe=_RECIPE,
        published={"ablation": "30.94 dB / .9647"},
    ),
    Variant(
        name="hint_attention_unet",
        builder=_hint_attention_unet,
        source=f"{_SOURCE}, ablation; Attention U-Net (Oktay et al. 2018)",
        recipe=_RECIPE,
        published={"ablation": "31.75 dB / .9683"},
    ),
)
