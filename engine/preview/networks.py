"""Networks that tell how unsure they are, and answer the same question once.

A preview colours the same frames with several settings. Most of them do not change what the network
sees, so its answers are remembered.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from kinemacolor.engine.backends import registry
from kinemacolor.engine.backends.base import Network, Pictures
from kinemacolor.engine.backends.choice import open_networks
from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.motion.shots import thumbnail
from kinemacolor.engine.process import torch_single_threaded
from kinemacolor.engine.settings import Settings
from kinemacolor.models.colorizer import Colorizer, Hints
from kinemacolor.models.device import pick_device
from kinemacolor.models.distribution import DistributionColorizer, expected_error
from kinemacolor.models.weights import Loaded, load

Answer = tuple[np.ndarray, float | None]  # (h, w, 2) ab; expected error in LAB units, if known


class _WithError(Colorizer):
    """A network that gives its expected error as a third channel.

    Args:
        network: predicts a distribution.
    """

    def __init__(self, network: DistributionColorizer) -> None:
        super().__init__()
        self.network = network
        self.size_multiple = network.size_multiple

    def forward(self, lightness: Tensor, hints: Hints | None = None) -> Tensor:
        prediction = self.network.predict(lightness, hints)
        with torch.autocast(lightness.device.type, enabled=False):
            error = expected_error(prediction, self.network.palette)
        return torch.cat([prediction.ab, error.to(prediction.ab)], dim=1)


def with_error(loaded: Loaded) -> Loaded:
    """The same weights in a network whose third channel is its expected error, if it knows that."""

    def build() -> Colorizer:
        network = loaded.network()
        return _WithError(network) if isinstance(network, DistributionColorizer) else network

    return replace(loaded, network=build)


class PreviewNetwork:
    """The networks that settings name, for films and for stills; may be used from several threads.

    The backend "auto" is eager: nothing is compiled.

    Args:
        settings: of which model, device, backend and precision count.

    Raises:
        WeightsError: the model is unknown or its weights cannot be read.
        KinemacolorError: the device is absent, or the backend cannot be used on it.
    """

    @torch_single_threaded()
    def __init__(self, settings: Settings) -> None:
        loaded = load(settings.model)
        device = pick_device(settings.device)
        self._answers: dict[tuple[str, tuple[int, ...], bytes], Answer] = {}
        if settings.backend in ("auto", registry.EAGER):
            eager = EagerBackend(with_error(loaded), device, settings.precision)
            eager.open()  # complaints come before the work
            self._runners: dict[str, Network] = {"film": eager, "still": eager}
        else:
            films, stills = open_networks(loaded, device, settings.backend, settings.precision)
            self._runners = {"film": films, "still": stills}

    def for_picture(self, kind: str) -> Listener:
        """A `Network` for one picture, "film" or "still", and what it needs, that remembers."""
        return Listener(self, kind, self._runners[kind])

    def ask(self, kind: str, lightness: Pictures) -> tuple[list[Answer], int]:
        """The network's answers, and how many of them were not in memory."""
        keys = [(kind, plane.shape, plane.tobytes()) for plane in lightness]
        new = {
            key: plane
            for key, plane in zip(keys, lightness, strict=True)
            if key not in self._answers
        }
        if new:
            found = map(_answer, self._runners[kind](list(new.values())))
            self._answers.update(zip(new, found, strict=True))
        return [self._answers[key] for key in keys], len(new)


def _answer(channels: np.ndarray) -> Answer:
    if channels.shape[-1] == 2:
        return channels, None
    return np.ascontiguousarray(channels[..., :2]), float(channels[..., 2].mean())


class Listener:
    """A `Network` that remembers what it was asked about, and how sure it was.

    Args:
        network: answers.
        kind: of the picture.
        runner: whose batch and calls count.

    Attributes:
        seconds, pictures: that the network worked, and on how many pictures that were new to it.
    """

    def __init__(self, network: PreviewNetwork, kind: str, runner: Network) -> None:
        self.batch, self.calls, self.fingerprint = runner.batch, runner.calls, runner.fingerprint
        self._network, self._kind = network, kind
        self._heard: list[tuple[np.ndarray, float]] = []
        self.seconds, self.pictures = 0.0, 0

    def __call__(self, lightness: Pictures) -> Pictures:
        """As of `kinemacolor.engine.backends.base.Network`."""
        began = time.perf_counter()
        answers, new = self._network.ask(self._kind, lightness)
        if new:
            self.seconds += time.perf_counter() - began
            self.pictures += new
        for plane, (_, error) in zip(lightness, answers, strict=True):
            if error is not None:
                self._heard.append((thumbnail(plane), error))
        return [ab for ab, _ in answers]

    def uncertainty(self, light: np.ndarray) -> float | None:
        """The expected error, in LAB units, at what was seen that is most like a picture.

        Args:
            light: (h, w) float32 of the picture, upright, of any size.

        Returns:
            None for a network that does not know.
        """
        if not self._heard:
            return None
        look = thumbnail(light)
        return max(self._heard, key=lambda heard: float((heard[0] * look).mean()))[1]
