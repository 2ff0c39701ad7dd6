"""The contract that every network of the catalog keeps."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Hints(NamedTuple):
    """Known colours at some pixels.

    Attributes:
        ab: (N, 2, H, W) a*, b* in LAB units where `mask` is 1, zero elsewhere.
        mask: (N, 1, H, W), 1 where the colour is known, else 0.
    """

    ab: Tensor
    mask: Tensor


class Colorizer(nn.Module):
    """Predicts chroma from lightness.

    Attributes:
        size_multiple: height and width must be multiples of this.
        takes_hints: whether `forward` uses `hints`.
        encoder_name: of the part called `encoder`, in segmentation-models-pytorch, for networks
            that start from ImageNet weights.
    """

    size_multiple: int = 1
    takes_hints: bool = False
    encoder_name: str | None = None

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        """Colours a batch.

        Args:
            lightness: (N, 1, H, W) L* in 0..100.
            hints: known colours of the same size; networks without hints ignore them.

        Returns:
            (N, 2, H, W) a*, b* in LAB units.
        """
        raise NotImplementedError

    def check_size(self, lightness: Tensor) -> None:
        """Raises ValueError where the size is no multiple of `size_multiple`."""
        height, width = lightness.shape[-2:]
        if height % self.size_multiple or width % self.size_multiple:
            raise ValueError(
                f"{width}x{height}: {type(self).__name__} needs sides that are multiples of "
                f"{self.size_multiple}"
            )


def stack_hints(lightness: Tensor, hints: Hints | None) -> Tensor:
    """(N, 3, H, W) of ab / 110 and mask, zeros where there are no hints."""
    if hints is None:
        return torch.zeros_like(lightness).repeat(1, 3, 1, 1)
    return torch.cat([hints.ab / 110, hints.mask], dim=1)
