"""The command `compile`: builds forms before they are needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinemacolor.engine.backends import cache
from kinemacolor.engine.backends.base import Shape
from kinemacolor.engine.backends.choice import COMPILERS, PREFERRED
from kinemacolor.engine.backends.compiled import CompiledNetwork
from kinemacolor.engine.backends.model_option import weights_errors_as_settings_errors
from kinemacolor.engine.settings import Settings
from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import KinemacolorError, SettingsError
from kinemacolor.models.weights import load


@dataclass(frozen=True)
class Built:
    """A form in the cache.

    Args:
        backend, precision: what it is of.
        shape: rows and columns.
        mean, p99: distance of its colours from eager float32, ab units; None where it gave none.
        problem: why it is not used; empty where it is.
        seconds: that building took.
        fresh: it was built just now.
        place: its folder.
    """

    backend: str
    precision: str
    shape: Shape
    mean: float | None
    p99: float | None
    problem: str
    seconds: float
    fresh: bool
    place: Path

    def line(self) -> str:
        """For a person."""
        rows, columns = self.shape
        took = f"{self.seconds:.1f} s" if self.fresh else f"there already ({self.seconds:.1f} s)"
        head = f"{self.backend} {self.precision} {columns}x{rows}: "
        if self.problem:
            return f"{head}NOT USED, {self.problem}; {took}"
        return f"{head}ab off by {self.mean:.3f} (p99 {self.p99:.3f}); {took}; {self.place}"


def compile_ahead(settings: Settings, shapes: Sequence[Shape]) -> Iterator[Built]:
    """Build a network's forms, or find them in the cache; refused ones are tried again.

    Args:
        settings: model, device, backend and precision; "auto" is the compiler that colouring
            prefers on the device.
        shapes: rows and columns at which the network will see pictures.

    Raises:
        SettingsError: the model is unknown, or the backend needs no compiling.
        KinemacolorError: the backend cannot be used here, or the form not be built or kept.
    """
    device = pick_device(settings.device)
    name = settings.backend
    if name == "auto":
        reasons = {name: COMPILERS[name]().unavailable_reason(device) for name in PREFERRED}
        fit = [name for name, reason in reasons.items() if not reason]
        if not fit:
            said = "; ".join(f"{name} {reason}" for name, reason in reasons.items())
            raise KinemacolorError("compile", f"nothing here can: {said}")
        name = fit[0]
    if name not in COMPILERS:
        raise SettingsError(f"--backend {name}", "needs no compiling")
    with weights_errors_as_settings_errors():
        loaded = load(settings.model)
    network = CompiledNetwork(loaded, COMPILERS[name](), device, settings.precision)
    for shape in shapes:
        yield _built(network, shape)


def _built(network: CompiledNetwork, shape: Shape) -> Built:
    key = network.key(shape)
    known = cache.find(key)
    if known is not None and known.about["parity"]["problem"]:
        cache.forget(key)
        known = None
    entry = known or network.entry(shape)
    about = entry.about
    return Built(
        backend=key.backend,
        precision=key.precision,
        shape=shape,
        **about["parity"],
        seconds=about["seconds"],
        fresh=known is None,
        place=entry.file.parent,
    )
