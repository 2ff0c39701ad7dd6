"""Networks that are loaded once and colour many pictures."""

from __future__ import annotations

import os
from functools import lru_cache

import numpy as np
import torch

from kinemacolor.engine.backends.base import Network as Runner
from kinemacolor.engine.backends.choice import open_networks
from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.process import torch_single_threaded
from kinemacolor.engine.settings import Settings
from kinemacolor.models.catalog import CATALOG
from kinemacolor.models.colorizer import Hints
from kinemacolor.models.device import pick_device
from kinemacolor.models.weights import Loaded, load


class Network:
    """A loaded network, by `load_network`; may be used from several threads at once.

    Attributes:
        name: in the catalog that `kinemacolor models` lists.
        weights: SHA-256 of the weights file, hexadecimal.
        device: where it runs.
        for_films, for_stills: what the engine calls: lightness in, ab out.
    """

    def __init__(self, loaded: Loaded, settings: Settings) -> None:
        self.name, self.weights = loaded.variant, loaded.digest
        self.device = pick_device(settings.device)
        self.for_films: Runner
        self.for_stills: Runner
        self.for_films, self.for_stills = open_networks(
            loaded, self.device, settings.backend, settings.precision
        )
        self._exact = EagerBackend(loaded, self.device, "fp32")  # loaded by its first use

    def __repr__(self) -> str:
        return f"<kinemacolor.Network {self.name} on {self.device}>"

    @property
    def takes_hints(self) -> bool:
        """Whether it makes use of given colours."""
        return self._exact.open().takes_hints

    @torch_single_threaded()
    @torch.inference_mode()
    def with_hints(self, lightness: np.ndarray, hints: Hints) -> np.ndarray:
        """Colour one picture around given colours, in float32.

        Args:
            lightness: (h, w) float32 L* at the working size.
            hints: (1, ...) of the same size.

        Returns:
            (h, w, 2) float32 ab.
        """
        network = self._exact.open()
        plane = torch.from_numpy(lightness)[None, None].to(self.device)
        there = Hints(*(given.to(self.device) for given in hints))
        ab = network(plane.contiguous(memory_format=torch.channels_last), there)
        return np.ascontiguousarray(ab[0].float().permute(1, 2, 0).cpu().numpy())


def load_network(
    name_or_file: str | os.PathLike[str] = "kinema",
    *,
    device: str = "auto",
    backend: str = "auto",
    precision: str = "auto",
) -> Network:
    """Load a network, for as many pictures as there are.

    Args:
        name_or_file: a name that `kinemacolor models` lists, or a weights file.
        device: "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:N".
        backend: what runs it: "eager", "inductor", "tensorrt" or "openvino"; "auto" is eager.
            Stills of uncommon sizes, and all on a GPU, go through eager.
        precision: "fp32", "bf16", "fp16", "int8", as far as the backend has it; "auto" is the
            backend's choice for the device.

    Raises:
        WeightsError: no such network, or weights that cannot be read or do not fit.
        KinemacolorError: the device is absent, or the backend cannot be used on it.

    Example:
        >>> import kinemacolor
        >>> network = kinemacolor.load_network("kinema", device="cpu")
        >>> network, network.takes_hints
        (<kinemacolor.Network kinema on cpu>, True)
        >>> [kinemacolor.colorize_image(path, network=network).shape for path in ["photo.png"]]
        [(48, 64, 3)]
    """
    settings = Settings(
        model=os.fspath(name_or_file), device=device, backend=backend, precision=precision
    )
    return open_network(settings)


def checked_network(network: Network | None) -> Network | None:
    """The argument `network` of the functions here, as it came.

    Raises:
        ValueError: it is something else, such as a network's name.
    """
    if network is not None and not isinstance(network, Network):
        raise ValueError(f"network={network!r}: give what load_network returns")
    return network


def network_for(settings: Settings) -> Network:
    """The network that settings name, kept for the next call where it is the catalog's own."""
    if settings.model not in CATALOG:  # a weights file, which may have changed since
        return open_network(settings)
    return _kept(settings.model, settings.device, settings.backend, settings.precision)


@lru_cache(maxsize=1)
def _kept(model: str, device: str, backend: str, precision: str) -> Network:
    return load_network(model, device=device, backend=backend, precision=precision)


@torch_single_threaded()
def open_network(settings: Settings) -> Network:
    """The network that settings name.

    Raises:
        WeightsError, KinemacolorError: as of `load_network`.
    """
    return Network(load(settings.model), settings)
