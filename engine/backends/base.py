"""What every way of running a network keeps to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from kinemacolor.models.colorizer import Colorizer

Shape = tuple[int, int]  # rows, columns


class Network(Protocol):
    """A network ready to colour pictures; may be called from several threads.

    Attributes:
        batch: pictures a call should bring.
        calls: calls that should be under way at once.
        fingerprint: what besides the weights decides the result.
    """

    batch: int
    calls: int
    fingerprint: str

    def __call__(self, lightness: list[np.ndarray]) -> list[np.ndarray]:
        """Colours pictures of one size.

        Args:
            lightness: (h, w) float32 L* each.

        Returns:
            (h, w, 2) float32 ab each.

        Raises:
            MemoryError: there is not enough.
        """


@dataclass(frozen=True)
class Spec:
    """What a network is compiled for.

    Args:
        shape: of the pictures; compiled code is for one.
        batch: pictures at once.
        precision: one of `kinemacolor.engine.settings.PRECISIONS` but "auto".
        device: where it runs.
        calls: calls that may be under way at once.
    """

    shape: Shape
    batch: int
    precision: str
    device: torch.device
    calls: int

    def example(self) -> Tensor:
        """(batch, 1, h, w) float32 L* on the device, such as the compiled form is called with."""
        return torch.full((self.batch, 1, *self.shape), 50.0, device=self.device)


class CompiledModel(Protocol):
    """A compiled network, loaded; may be called from several threads."""

    def __call__(self, lightness: Tensor) -> Tensor:
        """(batch, 1, h, w) float32 L* on the device to (batch, 2, h, w) float32 ab there."""


class Compiler(Protocol):
    """Makes and loads compiled networks.

    Attributes:
        name: what users call it.
        suffix: of its files.
        batch: pictures at once that suit it.
    """

    name: str
    suffix: str
    batch: int

    def unavailable_reason(self, device: torch.device) -> str:
        """Why it cannot be used on the device, in a few words; empty where it can."""

    def supported_precisions(self, device: torch.device) -> tuple[str, ...]:
        """What it can compute in on the device; the first is what "auto" means."""

    def versions(self) -> str:
        """Of the libraries whose change makes other code."""

    def compile(self, network: Colorizer, spec: Spec, file: Path) -> None:
        """Compile into a new file.

        Args:
            network: float32, on the CPU, in evaluation mode; must not be changed.

        Raises:
            KinemacolorError: this machine cannot.
            Exception: any other means that the network cannot be compiled, here or elsewhere.
        """

    def load(self, file: Path, spec: Spec) -> CompiledModel:
        """Load what `compile` has made."""


@runtime_checkable
class SupportsRefit(Protocol):
    """A compiler whose forms take other weights of the same network without being built anew."""

    def refit(self, old: Path, network: Colorizer, spec: Spec, file: Path) -> None:
        """Make a new file from an old form and a network's weights.

        Args:
            old: the form's file.
            network, spec, file: as `Compiler.compile` has them.
        """
