"""EfficientNet-Lite2 (Tan and Le 2019), the default network's encoder, in plain PyTorch.

What timm's tf_efficientnet_lite2 computes, bit for bit and in training too, with the same names in
the state dict: weights go either way. timm itself takes longer to load than a photo to colour.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_EPS = 1e-3  # of the normalisations: TensorFlow's default, with which the weights were trained
_EXPANSION = 6  # channels inside a block, over those that go in


class _Stage(NamedTuple):
    """Blocks of one size: how many, with which channels, kernels and stride of the first."""

    blocks: int
    channels: int
    kernel: int
    stride: int


_STEM = 32
_STAGES = (
    _Stage(1, 16, 3, 1),
    _Stage(3, 24, 3, 2),
    _Stage(3, 48, 5, 2),
    _Stage(4, 88, 3, 2),
    _Stage(4, 120, 5, 1),
    _Stage(5, 208, 5, 2),
    _Stage(1, 352, 3, 1),
)
# ImageNet's weights saw (x - 0.498) / 0.502 of RGB in 0..1.
_MEAN, _DEVIATION = 0.498, 0.502
_SEEN = (0, 1, 2, 4, 6)  # the stages whose outputs are features: the last of each size


def normalized(lightness: Tensor) -> Tensor:
    """L*, 0..100, as the ImageNet weights saw a channel."""
    return (lightness / 100 - _MEAN) / _DEVIATION


class _Halving(nn.Conv2d):
    """A convolution of stride 2, padded as TensorFlow does: the odd row and column come last."""

    def forward(self, x: Tensor) -> Tensor:
        height, width = (
            max((math.ceil(side / 2) - 1) * 2 + kernel - side, 0)
            for side, kernel in zip(x.shape[-2:], self.kernel_size, strict=True)
        )
        x = F.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))
        return F.conv2d(x, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class _Normalized(nn.BatchNorm2d):
    """Batch normalisation and what comes after it: ReLU6, or nothing."""

    def __init__(self, channels: int, *, activated: bool = True) -> None:
        super().__init__(channels, eps=_EPS)
        self.act = nn.ReLU6(inplace=True) if activated else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.act(super().forward(x))
        return y


def _convolution(
    inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1
) -> nn.Conv2d:
    if stride == 2:
        return _Halving(inputs, outputs, kernel, stride, groups=groups, bias=False)
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=False)


class _Separable(nn.Module):
    """A depthwise convolution and a pointwise one."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.conv_dw = _convolution(inputs, inputs, kernel, stride, groups=inputs)
        self.bn1 = _Normalized(inputs)
        self.conv_pw = _convolution(inputs, outputs)
        self.bn2 = _Normalized(outputs, activated=False)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.bn2(self.conv_pw(self.bn1(self.conv_dw(x))))
        return y


class _InvertedResidual(nn.Module):
    """An inverted residual with a linear bottleneck (Sandler et al. 2018)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        inside = _EXPANSION * inputs
        self.residual = stride == 1 and inputs == outputs
        self.conv_pw = _convolution(inputs, inside)
        self.bn1 = _Normalized(inside)
        self.conv_dw = _convolution(inside, inside, kernel, stride, groups=inside)
        self.bn2 = _Normalized(inside)
        self.conv_pwl = _convolution(inside, outputs)
        self.left_out = 0.0  # probability, in training
        self.bn3 = _Normalized(outputs, activated=False)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.bn2(self.conv_dw(self.bn1(self.conv_pw(x))))
        y = self.bn3(self.conv_pwl(y))
        if not self.residual:
            return y
        if self.training and self.left_out:
            kept = 1 - self.left_out
            y = y * torch.rand(len(y), 1, 1, 1, device=y.device).lt(kept) / kept
        return y + x


class Trunk(nn.Module):
    """The convolutions: a stem, and stages of blocks.

    Args:
        channels: of the picture.
        stages: how many of the seven.

    Attributes:
        conv_stem, bn1: the stem, at half the size.
        blocks: a sequence of blocks for each stage.
    """

    def __init__(self, channels: int, stages: int = len(_STAGES)) -> None:
        super().__init__()
        self.conv_stem = _convolution(channels, _STEM, 3, stride=2)
        self.bn1 = _Normalized(_STEM)
        self.blocks = nn.Sequential()
        inputs = _STEM
        for number, stage in enumerate(_STAGES[:stages]):
            block = _InvertedResidual if number else _Separable
            blocks = nn.Sequential()
            for place in range(stage.blocks):
                stride = 1 if place else stage.stride
                blocks.append(block(inputs, stage.channels, stage.kernel, stride))
                inputs = stage.channels
            self.blocks.append(blocks)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                fan_out = math.prod(module.kernel_size) * module.out_channels // module.groups
                nn.init.normal_(module.weight, 0, math.sqrt(2 / fan_out))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Features at 1/2, 1/4, 1/8, 1/16 and 1/32, or as far as the stages go."""
        x = self.bn1(self.conv_stem(x))
        outputs = []
        for stage in self.blocks:
            x = stage(x)
            outputs.append(x)
        return [outputs[number] for number in _SEEN if number < len(outputs)]


class EfficientNetLite2(nn.Module):
    """The encoder: features of a picture at six sizes.

    Args:
        channels: of the picture.

    Attributes:
        out_channels: of the features.
        model: the convolutions.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.out_channels = [channels, *(_STAGES[number].channels for number in _SEEN)]
        self.model = Trunk(channels)

    def drop_path(self, rate: float) -> None:
        """Leave residual blocks out in training, for each picture: the deeper, the likelier.

        Args:
            rate: probability of the last; of the first it is 0 (Huang et al. 2016).
        """
        blocks = [each for each in self.modules() if isinstance(each, _InvertedResidual)]
        for place, block in enumerate(blocks):
            block.left_out = rate * place / (len(blocks) - 1)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Features of (N, channels, H, W): itself, and those at 1/2, 1/4, 1/8, 1/16 and 1/32."""
        return [x, *self.model(x)]
