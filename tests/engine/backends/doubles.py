"""A small network, and a compiler that keeps it as it is or breaks it in a known way."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from kinemacolor.engine.backends import registry
from kinemacolor.engine.backends.base import Spec
from kinemacolor.engine.backends.inductor import Inductor
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.weights import Loaded

SHAPE = (32, 64)
CPU = torch.device("cpu")
needs_compiler = pytest.mark.skipif(
    bool(lack := Inductor().unavailable_reason(CPU)), reason=f"Inductor {lack}"
)


class Small(Colorizer):
    """Two convolutions with a normalisation between; a* and b* differ."""

    size_multiple = 32

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d(8, 2, 3, padding=1),
        )

    def forward(self, lightness, hints=None):
        self.check_size(lightness)
        offset = torch.tensor([5.0, -9.0]).view(1, 2, 1, 1).to(lightness)
        return 8 * self.layers(lightness / 50 - 1) + offset


def small(digest: str = "5" * 64) -> Loaded:
    return Loaded(lambda: Small().eval(), "small", digest, {})


class Keeping:
    """A compiler whose files hold the network itself.

    Args:
        damage: is done to the colours of every compiled model.
        error: what compiling raises.
    """

    name, suffix, batch = "keeping", ".pt", 2

    def __init__(self, damage=lambda ab: ab, error: Exception | None = None) -> None:
        self.damage, self.error = damage, error
        self.compiled: list[tuple[int, int]] = []
        self.reason, self.version = "", "1"

    def unavailable_reason(self, device: torch.device) -> str:
        return self.reason

    def supported_precisions(self, device: torch.device) -> tuple[str, ...]:
        return ("bf16", "fp32")

    def versions(self) -> str:
        return f"keeping {self.version}"

    def compile(self, network: Colorizer, spec: Spec, file: Path) -> None:
        self.compiled.append(spec.shape)
        if self.error is not None:
            raise self.error
        torch.save(copy.deepcopy(network), file)

    def load(self, file: Path, spec: Spec):
        network = torch.load(file, weights_only=False)

        def model(lightness: Tensor) -> Tensor:
            assert lightness.shape == (spec.batch, 1, *spec.shape)
            return self.damage(network(lightness))

        return model


def only_backend(monkeypatch: pytest.MonkeyPatch, compiler: Keeping) -> None:
    """Register a compiler as "inductor", and no other."""
    backend = registry.Backend("inductor", lambda: compiler, auto_rank=1)
    monkeypatch.setattr(registry, "BUILT_IN", {"inductor": backend})
