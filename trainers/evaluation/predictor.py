"""Inference functions of a network, as evaluation calls them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Tensor

from kinemacolor.models.colorizer import Colorizer, Hints
from kinemacolor.models.distribution import DistributionColorizer, expected_error
from kinemacolor.trainers.evaluation.run import Predict


def predictor(network: Colorizer, device: str = "cpu", precision: str = "fp32") -> Predict:
    """Inference function of a network: lightness and hints to ab, without gradients.

    Args:
        network: is moved to the device and left in evaluation mode.
        device: "cpu", "cuda" or "cuda:N".
        precision: "fp32", or "bf16" for mixed precision.

    Returns:
        A function of tensors on any device; its result is (N, 2, H, W) float32 on `device`.
    """
    return _inference(network, network, device, precision)


def error_predictor(
    network: Colorizer, device: str = "cpu", precision: str = "fp32"
) -> Predict | None:
    """Error estimate of a network: lightness and hints to the (N, 1, H, W) expected |ab error|.

    Args:
        network, device, precision: as for `predictor`.

    Returns:
        None for a network that predicts no distribution of colours.
    """
    if not isinstance(network, DistributionColorizer):
        return None

    def predict_error(lightness: Tensor, hints: Hints | None) -> Tensor:
        return expected_error(network.predict(lightness, hints), network.palette)

    return _inference(network, predict_error, device, precision)


def _inference(
    network: Colorizer,
    function: Callable[[Tensor, Hints | None], Tensor],
    device: str,
    precision: str,
) -> Predict:
    network.to(device).eval()
    place = torch.device(device)

    @torch.inference_mode()
    def infer(lightness: Tensor, hints: Hints | None) -> Tensor:
        if hints is not None:
            hints = Hints(*(x.to(place) for x in hints))
        mixed = precision == "bf16"
        with torch.autocast(place.type, torch.bfloat16) if mixed else nullcontext():
            return function(lightness.to(place), hints).float()

    return infer
