"""A network as the function that evaluation calls."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Tensor

from kinemacolor.models.colorizer import Colorizer, Hints
from kinemacolor.models.distribution import DistributionColorizer, expected_error
from kinemacolor.trainers.evaluation.run import Predict


def predictor(network: Colorizer, device: str = "cpu", precision: str = "fp32") -> Predict:
    """Lightness and hints to ab without gradients.

    Args:
        network: is moved to the device and left in evaluation mode.
        device: "cpu", "cuda" or "cuda:N".
        precision: "fp32", or "bf16" for mixed precision.

    Returns:
        Takes tensors from anywhere; gives (N, 2, H, W) float32 on the device.
    """
    return _asked(network, network, device, precision)


def error_predictor(
    network: Colorizer, device: str = "cpu", precision: str = "fp32"
) -> Predict | None:
    """Likewise, lightness and hints to the (N, 1, H, W) error in ab that the network expects.

    None for a network that tells no distribution of colours.
    """
    if not isinstance(network, DistributionColorizer):
        return None

    def expected(lightness: Tensor, hints: Hints | None) -> Tensor:
        return expected_error(network.predict(lightness, hints), network.palette)

    return _asked(network, expected, device, precision)


def _asked(
    network: Colorizer,
    ask: Callable[[Tensor, Hints | None], Tensor],
    device: str,
    precision: str,
) -> Predict:
    network.to(device).eval()
    place = torch.device(device)

    @torch.inference_mode()
    def answer(lightness: Tensor, hints: Hints | None) -> Tensor:
        if hints is not None:
            hints = Hints(*(x.to(place) for x in hints))
        mixed = precision == "bf16"
        with torch.autocast(place.type, torch.bfloat16) if mixed else nullcontext():
            return ask(lightness.to(place), hints).float()

    return answer
