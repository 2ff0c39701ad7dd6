"""What users get of hints, as evaluation asks it: the way of `kinemacolor.colorize_image`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from kinemacolor._hints import placed_points
from kinemacolor._image import guided_network
from kinemacolor._network import Network
from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide
from kinemacolor.engine.settings import Settings
from kinemacolor.models.colorizer import Hints
from kinemacolor.models.weights import Loaded


def guided_predictor(
    loaded: Loaded, device: str, precision: str
) -> Callable[[Tensor, Hints | None], Tensor]:
    """Inference function of a network and of the engine's way to spread hints over its colours.

    Args:
        loaded: the network's weights.
        device: "cpu", "cuda" or "cuda:N".
        precision: "fp32" or "bf16".

    Returns:
        Of (N, 1, H, W) L* and hints on any device: (N, 2, H, W) float32 ab, on the CPU.

    Raises:
        WeightsError, KinemacolorError: as of `kinemacolor.load_network`.
    """
    settings = Settings(device=device, backend="eager", precision=precision)
    network = Network(loaded, settings)

    def infer(lightness: Tensor, hints: Hints | None) -> Tensor:
        found = []
        for number, [plane] in enumerate(lightness.cpu().numpy()):
            own = None if hints is None else Hints(*(x[number : number + 1].cpu() for x in hints))
            said = FilmGuide(points=() if own is None else placed_points(own))
            [ab] = guided_network(said, network, settings)([plane])
            found.append(torch.from_numpy(ab).permute(2, 0, 1))
        return torch.stack(found)

    return infer
