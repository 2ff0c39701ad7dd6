"""LPIPS and FID: metrics by networks whose weights may not be on this machine.

Weights are looked for in torch.hub's folder and never fetched. torchmetrics is imported where it is
used: it belongs to the extra `kinemacolor[train]`, and all else can be measured without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import torch
import torchvision
from torch import Tensor, nn

from kinemacolor.models.extras import install_extra

INCEPTION = "weights-inception-2015-12-05-6726825d.pth"  # torch-fidelity's
_BACKBONES = {"alex": "alexnet", "vgg": "vgg16", "squeeze": "squeezenet1_1"}


def hub_folder() -> Path:
    """Folder in which torch.hub keeps weights."""
    return Path(torch.hub.get_dir()) / "checkpoints"


class Lpips:
    """Learned perceptual image patch similarity (Zhang et al. 2018).

    Attributes:
        backbone: "alexnet" (its authors' choice), "vgg16" or "squeezenet1_1".
    """

    def __init__(self, net: str, device: torch.device) -> None:
        from torchmetrics.functional.image.lpips import _NoTrainLpips

        self.backbone = _BACKBONES[net]
        self._network = _NoTrainLpips(net=net).to(device)  # type: ignore[arg-type]

    def __call__(self, rgb: Tensor, true: Tensor) -> Tensor:
        """(N,) distances of (N, 3, H, W) pictures in 0..1; 0 for equal ones."""
        return self._network(rgb, true, normalize=True).flatten()


class _Features(nn.Module):
    """Identity network, so that the library's FID takes features that are computed already."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.num_features = count

    def forward(self, x: Tensor) -> Tensor:
        return x


class Fid:
    """Frechet inception distance (Heusel et al. 2017) of several sets of pictures to the true ones.

    It depends on the number of pictures: compare only values of equally many.

    Args:
        extractor: (N, 3, H, W) uint8 to (N, features).
    """

    def __init__(self, extractor: nn.Module) -> None:
        self._extractor = extractor
        self._features: dict[str, list[Tensor]] = {}

    def add(self, pictures: Mapping[str, Tensor]) -> None:
        """Adds (N, 3, H, W) pictures in 0..1 by set; the set "truth" is the reference."""
        for name, rgb in pictures.items():
            features = self._extractor((rgb * 255).round().byte())
            self._features.setdefault(name, []).append(features.cpu())

    def distances(self) -> dict[str, float]:
        """Distance to "truth" by set; empty with fewer than two pictures."""
        sets = {name: torch.cat(parts).double() for name, parts in self._features.items()}
        true = sets.pop("truth", torch.empty(0, 1))
        if len(true) < 2:
            return {}
        from torchmetrics.image.fid import FrechetInceptionDistance

        metric = FrechetInceptionDistance(_Features(true.shape[1]), reset_real_features=False)
        metric.set_dtype(torch.float64)
        metric.update(true, real=True)
        found = {}
        for name, features in sets.items():
            metric.update(features, real=False)
            found[name] = max(0.0, metric.compute().item())
            metric.reset()
        return found


def open_lpips(device: torch.device) -> Lpips | None:
    """LPIPS on the first backbone whose weights are on this machine; None without torchmetrics."""
    if not _has_torchmetrics():
        return None
    for net, name in _BACKBONES.items():
        url = torchvision.models.get_model_weights(name)["DEFAULT"].url
        if (hub_folder() / Path(url).name).is_file():
            return Lpips(net, device)
    return None


def open_fid(device: torch.device) -> Fid | None:
    """FID, or None without torchmetrics, torch-fidelity or Inception's weights."""
    path = hub_folder() / INCEPTION
    if not path.is_file() or not _has_torchmetrics():
        return None
    from torchmetrics.image.fid import NoTrainInceptionV3

    try:
        network = NoTrainInceptionV3("inception-v3-compat", ["2048"], str(path))
    except ModuleNotFoundError:  # torch-fidelity is no dependency
        return None
    return Fid(network.to(device))


def how_to_get() -> dict[str, str]:
    """What is to be done for the figures that this machine lacks the means for, by name."""
    if not _has_torchmetrics():
        return dict.fromkeys(_HOW_TO_GET, install_extra("train"))
    return dict(_HOW_TO_GET)


def _has_torchmetrics() -> bool:
    return find_spec("torchmetrics") is not None


_HOW_TO_GET = {
    "lpips": "torchvision.models.alexnet(weights='DEFAULT') fetches them (233 MB)",
    "fid": f"pip install torch-fidelity, and put its {INCEPTION} (91 MB) into torch.hub's folder",
}
