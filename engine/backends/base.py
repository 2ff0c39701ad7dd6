"""The interfaces of this package: a network ready to run, and a compiler that makes one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kinemacolor.models.colorizer import Colorizer

Shape = tuple[int, int]  # rows, columns
Pictures = list[NDArray[np.float32]]


class NetworkSettings(Protocol):
    """The part of a job's settings that decides what runs its network, and how.

    `kinemacolor.engine.settings.Settings` has them all; their ranges stand there.
    """

    @property
    def model(self) -> str:
        """A network's name, or a weights file."""

    @property
    def device(self) -> str:
        """ "auto", "cpu", "cuda" or "cuda:N"."""

    @property
    def backend(self) -> str:
        """A registered backend, or "auto"."""

    @property
    def precision(self) -> str:
        """What to compute in, or "auto"."""


class Network(Protocol):
    """A network that colours pictures; may be called from several threads at once.

    Attributes:
        batch: number of pictures that a call should bring.
        calls: number of calls that should be under way at once.
        fingerprint: what besides the weights decides the result: backend, device, precision,
            versions, the processor's vector instructions.
    """

    batch: int
    calls: int
    fingerprint: str

    def __call__(self, lightness: Pictures) -> Pictures:
        """Predict the chroma of pictures of one size.

        Args:
            lightness: (h, w) float32 each, L* in 0..100; h and w are multiples of the network's
                `size_multiple`.

        Returns:
            (h, w, 2) float32 each, a* and b* in LAB units.

        Raises:
            NetworkError: a colour is no number, or the GPU has not enough memory.
            MemoryError: there is not enough.
        """


@dataclass(frozen=True)
class Spec:
    """What a network is compiled for.

    Args:
        shape: rows and columns of the pictures; compiled code is for one.
        batch: number of pictures in a call.
        precision: what to compute in: one of the compiler's `supported_precisions`.
        device: where it runs.
        calls: number of calls that may be under way at once.
    """

    shape: Shape
    batch: int
    precision: str
    device: torch.device
    calls: int

    def example(self) -> Tensor:
        """An input for tracing: (batch, 1, h, w) float32 L* of 50, on the device."""
        return torch.full((self.batch, 1, *self.shape), 50.0, device=self.device)


class CompiledModel(Protocol):
    """A compiled network, loaded; may be called from several threads at once."""

    def __call__(self, lightness: Tensor) -> Tensor:
        """Predict the chroma of a batch.

        Args:
            lightness: (batch, 1, h, w) float32 L* in 0..100, contiguous, on the device.

        Returns:
            (batch, 2, h, w) float32 a* and b* in LAB units, on the device.
        """


class Compiler(Protocol):
    """A compiler of networks, and loader of what it has compiled: all that a backend provides.

    Attributes:
        name: the backend's, as users call it.
        suffix: of the files with compiled networks.
        batch: number of pictures in a call that suits it.
    """

    name: str
    suffix: str
    batch: int

    def unavailable_reason(self, device: torch.device) -> str:
        """Why it cannot be used on the device, in a few words; empty where it can."""

    def supported_precisions(self, device: torch.device) -> tuple[str, ...]:
        """What it can compute in on the device, such as "bf16"; the first is its own choice."""

    def versions(self) -> str:
        """The versions of all libraries that a compiled network depends on, in one line."""

    def compile(self, network: Colorizer, spec: Spec, file: Path) -> None:
        """Compile a network into a new file.

        Args:
            network: float32, on the CPU, in evaluation mode; must not be changed.
            spec: what to compile it for.
            file: to be written.

        Raises:
            KinemacolorError: this machine cannot compile.
            Exception: any other means that the network cannot be compiled, here or elsewhere.
        """

    def load(self, file: Path, spec: Spec) -> CompiledModel:
        """Load a compiled network.

        Args:
            file: written by `compile` or `refit`.
            spec: what it was compiled for.
        """


@runtime_checkable
class SupportsRefit(Protocol):
    """A compiler whose compiled networks take other weights without being compiled again."""

    def refit(self, old: Path, network: Colorizer, spec: Spec, file: Path) -> None:
        """Write a compiled network with other weights.

        Args:
            old: compiled from a network that differs in its weights alone.
            network: the one with the weights to take.
            spec, file: as for `Compiler.compile`.
        """
