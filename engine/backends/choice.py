"""The choice of a backend for a job, and the networks that it runs."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

import torch

from kinemacolor.engine.backends import cache, registry
from kinemacolor.engine.backends.base import Compiler, Network, NetworkSettings, Shape
from kinemacolor.engine.backends.compiled import CompiledNetwork, key_for
from kinemacolor.engine.backends.decision import Decision
from kinemacolor.engine.backends.eager import DTYPES, EagerBackend
from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import PluginError
from kinemacolor.models.weights import Loaded, identify

log = logging.getLogger(__name__)

# Compiling takes as long as some 2,000 frames gain; a job should gain more than it pays.
WORTH_COMPILING = 5_000
WORTH_ADVICE = 1_000  # frames of a job after whose like one will have gained by compiling
_NOT_COMPILED = "is not compiled for"
_ADVICE = "More films of this size to come? They start and run faster after `kinemacolor compile`."


@dataclass(frozen=True)
class Films:
    """A job's films, as far as the choice of a backend depends on them.

    Args:
        frames: of all films together.
        shapes: rows and columns at which the network will see them; iterated over only where the
            choice depends on them.
    """

    frames: int
    shapes: Iterable[Shape]


def choose(settings: NetworkSettings, films: Films) -> Decision:
    """Choose the backend that "auto" stands for in a job.

    TensorRT on NVIDIA GPUs and Inductor on CPUs, where the compiled networks are in the cache or
    the films are long enough to pay for compiling. Else eager.

    Args:
        settings: of the job.
        films: of the job.

    Raises:
        WeightsError: the model is unknown or its weights cannot be read.
        KinemacolorError: the device is absent.
    """
    device = pick_device(settings.device)
    rejected: list[str] = []
    advice = ""
    for backend in registry.tried_by_auto():
        try:
            compiler = backend.make_compiler()
        except PluginError as error:
            log.warning("%s", error)
            continue
        reason = compiler.unavailable_reason(device)
        reason = reason or _not_worth_it(compiler, device, settings, films)
        if not reason:
            return Decision(backend.name, device.type, tuple(rejected), advice)
        rejected.append(f"{backend.name} {reason}")
        if _NOT_COMPILED in reason and films.frames >= WORTH_ADVICE:
            advice = _ADVICE
    return Decision(registry.EAGER, device.type, tuple(rejected), advice)


def _not_worth_it(
    compiler: Compiler, device: torch.device, settings: NetworkSettings, films: Films
) -> str:
    """Why a job does not gain from a compiler; empty where it does."""
    precision = settings.precision
    if precision not in ("auto", *compiler.supported_precisions(device)):
        return f"does not compute in {precision} here"
    if films.frames >= WORTH_COMPILING:
        return ""
    if not films.frames:
        return "is for films"
    variant, digest = identify(settings.model)
    for shape in set(films.shapes):
        key = key_for(compiler, variant, digest, shape, device, precision)
        if cache.find(key) is None:
            rows, columns = shape
            return (
                f"{_NOT_COMPILED} {columns}x{rows}, and {films.frames:,} frames are too few to "
                "pay for that; `kinemacolor compile` does it ahead"
            )
    return ""


def open_networks(
    loaded: Loaded, device: torch.device, backend: str, precision: str
) -> tuple[Network, Network]:
    """Open the network for films and the one for stills.

    Compiling takes long: films have one size, stills have many, so these go through eager.

    Args:
        loaded: weights, and the network that they are for.
        device: where to run.
        backend: by name; "auto" is eager here: `choose` has replaced it for jobs.
        precision: what to compute in; "auto" is the backend's choice.

    Raises:
        KinemacolorError: the backend cannot be used here, or not in this precision.
        WeightsError: the weights do not fit the network.
    """
    if backend in ("auto", registry.EAGER):
        eager = EagerBackend(loaded, device, precision)
        eager.open()  # complaints come before the work
        return eager, eager
    registered = registry.get(backend)
    films = CompiledNetwork(
        loaded, registered.make_compiler(), device, precision, registered.parity_limits
    )
    stills = EagerBackend(loaded, device, precision if precision in DTYPES else "auto")
    return films, stills
