"""Compiling ahead of time: fills the cache before a job needs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from kinemacolor.engine.backends import cache, registry
from kinemacolor.engine.backends.base import NetworkSettings, Shape
from kinemacolor.engine.backends.compiled import CompiledNetwork
from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import KinemacolorError, SettingsError
from kinemacolor.models.weights import load


@dataclass(frozen=True)
class CompileReport:
    """What is known of a compiled network in the cache.

    Args:
        backend, precision: what compiled it, and what it computes in.
        shape: rows and columns of its pictures.
        mean, p99: mean and 99th percentile of its colours' distance from eager float32's in a*b*,
            LAB units; None where it gave no colours.
        problem: why it failed the parity check and is not used; empty where it passed.
        ms: that a picture takes, by `kinemacolor.engine.backends.speed`; None where not measured.
        seconds: that compiling took.
        fresh: whether it was compiled just now.
        place: its folder in the cache.
    """

    backend: str
    precision: str
    shape: Shape
    mean: float | None
    p99: float | None
    problem: str
    ms: float | None
    seconds: float
    fresh: bool
    place: Path

    def line(self) -> str:
        """The report in a line for a person."""
        rows, columns = self.shape
        took = f"{self.seconds:.1f} s" if self.fresh else f"there already ({self.seconds:.1f} s)"
        head = f"{self.backend} {self.precision} {columns}x{rows}: "
        if self.problem:
            return f"{head}NOT USED, {self.problem}; {took}"
        speed = f"{self.ms:.1f} ms a picture; " if self.ms is not None else ""
        off = f"ab off by {self.mean:.3f} (p99 {self.p99:.3f})"
        return f"{head}{off}; {speed}{took}; {self.place}"


def compile_ahead(settings: NetworkSettings, shapes: Sequence[Shape]) -> Iterator[CompileReport]:
    """Compile a network for some sizes, or find it in the cache; what failed is tried again.

    Args:
        settings: model, device, backend and precision; "auto" is every compiler that colouring
            may take on the device, so that it takes the fastest.
        shapes: rows and columns at which the network will see pictures.

    Yields:
        A report for each size and compiler, in order.

    Raises:
        SettingsError: the backend needs no compiling.
        WeightsError: the model is unknown or its weights cannot be read.
        KinemacolorError: the backend cannot be used here, or the network not be compiled or cached.
    """
    device = pick_device(settings.device)
    loaded = load(settings.model)
    networks = [
        CompiledNetwork(
            loaded, backend.make_compiler(), device, settings.precision, backend.parity_limits
        )
        for backend in _backends(settings.backend, device)
    ]
    for shape in shapes:
        for network in networks:
            yield _compiled(network, shape)


def _backends(name: str, device: torch.device) -> list[registry.Backend]:
    if name == registry.EAGER:
        raise SettingsError(f"--backend {name}", "needs no compiling")
    if name != "auto":
        return [registry.get(name)]
    backends = registry.tried_by_auto()
    reasons = {each.name: each.make_compiler().unavailable_reason(device) for each in backends}
    if usable := [each for each in backends if not reasons[each.name]]:
        return usable
    said = "; ".join(f"{name} {reason}" for name, reason in reasons.items())
    raise KinemacolorError("compile", f"nothing here can: {said}")


def _compiled(network: CompiledNetwork, shape: Shape) -> CompileReport:
    key = network.key(shape)
    cached = cache.find(key)
    if cached is not None and cached.about["parity"]["problem"]:
        cache.forget(key)
        cached = None
    entry = cached or network.entry(shape)
    about = entry.about
    return CompileReport(
        backend=key.backend,
        precision=key.precision,
        shape=shape,
        **about["parity"],
        ms=about.get("ms"),
        seconds=about["seconds"],
        fresh=cached is None,
        place=entry.file.parent,
    )
