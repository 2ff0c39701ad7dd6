"""LPIPS, where the weights of its network are at hand; nothing is loaded from anywhere.

Zhang et al. 2018, version 0.1 with AlexNet, as torchmetrics computes it. That package holds the
small linear layers; the network's own weights are torchvision's, and belong into the folder
`checkpoints` of PyTorch's hub (`torch.hub.get_dir()`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from benchmarks.propagation_scores import Distance

# By torchmetrics' name of the network.
_FILES = {"alex": "alexnet-owt-7be5be79.pth", "squeeze": "squeezenet1_1-b8a52dc0.pth"}


def find_lpips(net: str = "alex") -> Distance | str:
    """A function of two (H, W, 3) R'G'B' pictures of 0..1; or what is missing, in words."""
    weights = Path(torch.hub.get_dir(), "checkpoints", _FILES[net])
    if not weights.is_file():
        return f"LPIPS is not measured: {weights.name} is not in {weights.parent}"
    from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

    metric = LearnedPerceptualImagePatchSimilarity(net_type=net, normalize=True)  # type: ignore[arg-type]

    @torch.inference_mode()
    def distance(here: np.ndarray, there: np.ndarray) -> float:
        pictures = (
            torch.from_numpy(p.transpose(2, 0, 1)).contiguous()[None] for p in (here, there)
        )
        return float(metric(*pictures))

    return distance
