"""Keras's layers, with its padding and initialisation, for networks published in Keras.

"same" padding there makes the output input / stride pixels wide, and an odd pixel of padding goes
to the right and the bottom; torch's convolutions pad both sides alike.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class Convolution(nn.Conv2d):
    """Conv2D(padding="same") for inputs whose sides are multiples of the stride."""

    def __init__(self, inputs: int, outputs: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(inputs, outputs, size, stride)
        before, after = (size - stride) // 2, (size - stride + 1) // 2
        self.edges = (before, after, before, after)
        _initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self.edges))


class TransposedConvolution(nn.ConvTranspose2d):
    """Conv2DTranspose(4, strides=2, padding="same"): twice the size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, kernel_size=4, stride=2, padding=1)
        _initialize(self)


class Normalisation(nn.BatchNorm2d):
    """BatchNormalization(): epsilon 1e-3, the running mean's momentum 0.99 (0.01 in torch)."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=1e-3, momentum=0.01)


class Enlargement(nn.Upsample):
    """UpSampling2D(): twice the size, every pixel repeated."""

    def __init__(self) -> None:
        super().__init__(scale_factor=2.0)


def _initialize(convolution: nn.Conv2d | nn.ConvTranspose2d) -> None:
    """Initialise as Keras does: weights uniform after Glorot and Bengio (2010), biases zero."""
    nn.init.xavier_uniform_(convolution.weight)
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
