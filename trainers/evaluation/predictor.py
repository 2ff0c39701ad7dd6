"""A network as the function that evaluation calls."""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch import Tensor

from models.colorizer import Colorizer, Hints
from trainers.evaluation.run import Predict


def predictor(network: Colorizer, device: str = "cpu", precision: str = "fp32") -> Predict:
    """Lightness and hints to ab without gradients.

    Args:
        network: is moved to the device and left in evaluation mode.
        device: "cpu", "cuda" or "cuda:N".
        precision: "fp32", or "bf16" for mixed precision.

    Returns:
        Takes tensors from anywhere; gives (N, 2, H, W) float32 on the device.
    """
    network = network.to(device).eval()
    place = torch.device(device)

    @torch.inference_mode()
    def predict(lightness: Tensor, hints: Hints | None) -> Tensor:
        if hints is not None:
            hints = Hints(*(x.to(place) for x in hints))
        mixed = precision == "bf16"
        with torch.autocast(place.type, torch.bfloat16) if mixed else nullcontext():
            return network(lightness.to(place), hints).float()

    return predict
