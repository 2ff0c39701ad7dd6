"""The cost of a network, parameters and FLOPs, counted on the meta device without computing."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode

from kinemacolor.models.variant import Variant


class Cost(NamedTuple):
    """The size and the arithmetic of a network.

    Attributes:
        parameters: number of trainable parameters.
        flops: floating-point operations for one picture, a multiply-add as two; convolutions and
            matrix products alone.
    """

    parameters: int
    flops: int


def cost(variant: Variant, size: int = 256) -> Cost:
    """Count a variant's cost for one picture of `size` by `size` pixels."""
    # Tensors on the meta device have a shape and no content.
    with torch.device("meta"), torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network = variant.builder().eval()
        network(torch.empty(1, 1, size, size))
    parameters = sum(p.numel() for p in network.parameters())
    return Cost(parameters, counter.get_total_flops())
