"""The interface of all networks: lightness and optional colour hints in, a* and b* out."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Hints(NamedTuple):
    """User-given colours at some pixels of a batch.

    Attributes:
        ab: (N, 2, H, W) float32, a* and b* in LAB units where `mask` is 1, zero elsewhere.
        mask: (N, 1, H, W) float32, 1 where the colour is given, else 0.
    """

    ab: Tensor
    mask: Tensor


class Colorizer(nn.Module):
    """A network that predicts the chroma of a picture from its lightness: the base of all.

    Attributes:
        size_multiple: height and width of the input must be multiples of this.
        takes_hints: whether `forward` uses `hints`.
        encoder_name: what segmentation-models-pytorch calls the encoder in the attribute
            `encoder`, for networks that start from ImageNet weights; None for others.
    """

    size_multiple: int = 1
    takes_hints: bool = False
    encoder_name: str | None = None

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        """Predict the chroma of a batch.

        Args:
            lightness: (N, 1, H, W) L* in 0..100.
            hints: given colours of the same size; networks that take none ignore them.

        Returns:
            (N, 2, H, W) float32, a* and b* in LAB units.

        Raises:
            ValueError: H or W is no multiple of `size_multiple`.
        """
        raise NotImplementedError

    def regularize(self, dropout: float, drop_path: float) -> None:
        """Leave parts of the network out of training steps at random; evaluation has them all.

        Args:
            dropout: probability of a channel of the coarsest features (Tompson et al. 2015).
            drop_path: probability of the encoder's last residual block, for each crop (stochastic
                depth: Huang et al. 2016).

        Raises:
            ValueError: the network has no such layers.
        """
        if dropout or drop_path:
            raise ValueError(f"dropout, drop_path: {type(self).__name__} has no such layers")

    def check_size(self, lightness: Tensor) -> None:
        """Check that height and width are multiples of `size_multiple`.

        Raises:
            ValueError: they are not.
        """
        height, width = lightness.shape[-2:]
        if height % self.size_multiple or width % self.size_multiple:
            raise ValueError(
                f"{width}x{height}: {type(self).__name__} needs sides that are multiples of "
                f"{self.size_multiple}"
            )


def stack_hints(lightness: Tensor, hints: Hints | None) -> Tensor:
    """Hints as input channels: (N, 3, H, W) of a* / 110, b* / 110 and the mask; zeros without."""
    if hints is None:
        return torch.zeros_like(lightness).repeat(1, 3, 1, 1)
    return torch.cat([hints.ab / 110, hints.mask], dim=1)
