"""The choice of a backend for a job, and the networks that it runs."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from kinemacolor.engine.backends import cache, registry
from kinemacolor.engine.backends.base import Compiler, Network, NetworkSettings, Shape
from kinemacolor.engine.backends.by_shape import NetworkByShape
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
_AHEAD = "`kinemacolor compile` does it ahead"
_STILLS_AHEAD = "`kinemacolor compile --size stills` does it ahead"
_ADVICE = "More films of this size to come? They start and run faster after `kinemacolor compile`."
_STILLS_ADVICE = "More stills to come? They run faster after `kinemacolor compile --size stills`."


@dataclass(frozen=True)
class Work:
    """A job's films and stills, as far as the choice of a backend depends on them.

    Args:
        frames: of all films together.
        shapes: rows and columns at which the network will see them; iterated over only where the
            choice depends on them.
        stills: their number.
        still_shapes: rows and columns at which the network will see most of them.
    """

    frames: int
    shapes: Iterable[Shape] = ()
    stills: int = 0
    still_shapes: Sequence[Shape] = ()

    @cached_property
    def film_shapes(self) -> frozenset[Shape]:
        """`shapes`, iterated over once."""
        return frozenset(self.shapes)


def choose(settings: NetworkSettings, work: Work) -> Decision:
    """Choose the backend that "auto" stands for in a job.

    TensorRT on NVIDIA GPUs, OpenVINO or Inductor on CPUs, where the compiled networks are in the
    cache or there is enough to colour to pay for compiling; of several that have been compiled the
    one that was measured to be fastest. Else eager.

    Args:
        settings: of the job.
        work: of the job.

    Raises:
        WeightsError: the model is unknown or its weights cannot be read.
        KinemacolorError: the device is absent.
    """
    device = pick_device(settings.device)
    rejected: list[str] = []
    found: dict[str, Compiler] = {}
    advice = ""
    for backend in registry.tried_by_auto():
        try:
            compiler = backend.make_compiler()
        except PluginError as error:
            log.warning("%s", error)
            continue
        reason = compiler.unavailable_reason(device)
        if not reason:
            reason, remedy = _not_worth_it(compiler, device, settings, work)
            advice = advice or remedy
        if reason:
            rejected.append(f"{backend.name} {reason}")
        else:
            found[backend.name] = compiler
    if not found:
        return Decision(registry.EAGER, device.type, tuple(rejected), advice)
    name, slower = _fastest(found, device, settings, work)
    return Decision(name, device.type, (*rejected, *slower), "")


def _fastest(
    found: dict[str, Compiler], device: torch.device, settings: NetworkSettings, work: Work
) -> tuple[str, list[str]]:
    """The fastest of some backends, and what is said of the others.

    The first, where not all have been compiled and measured for all sizes.
    """
    first, *others = found
    if not others:
        return first, []
    compiled = _finder(device, settings)
    shapes = {*work.film_shapes, *(work.still_shapes if work.stills else ())}

    def cost(compiler: Compiler) -> float:
        entries = [compiled(compiler, shape) for shape in shapes]
        each = [entry.about.get("ms") if entry else None for entry in entries]
        return sum(math.inf if ms is None else ms for ms in each) / max(1, len(each))

    costs = {name: cost(compiler) for name, compiler in found.items()}
    if not all(map(math.isfinite, costs.values())):
        return first, []
    best = min(costs, key=costs.__getitem__)
    slower = [
        f"{name} takes {ms:.0f} ms a picture and {best} {costs[best]:.0f}"
        for name, ms in costs.items()
        if name != best
    ]
    return best, slower


def _not_worth_it(
    compiler: Compiler, device: torch.device, settings: NetworkSettings, work: Work
) -> tuple[str, str]:
    """Why a job does not gain from a compiler, and advice; both empty where it does."""
    precision = settings.precision
    if precision not in ("auto", *compiler.supported_precisions(device)):
        return f"does not compute in {precision} here", ""
    stills = work.stills if compiles_stills(device) else 0
    if not work.frames and not stills:
        return "is for films", ""
    compiled = _finder(device, settings)

    def is_missing(shape: Shape) -> bool:
        return compiled(compiler, shape) is None

    missing = [shape for shape in work.still_shapes if is_missing(shape)] if stills else []
    # Films that pay for compiling do so for whatever sizes they have.
    to_pay = min(len(missing), stills) + (work.frames > 0)
    if work.frames + stills >= WORTH_COMPILING * to_pay:
        return "", ""
    for shape in work.film_shapes:
        if is_missing(shape):
            rows, columns = shape
            few = f"{work.frames:,} frames are too few to pay for that"
            reason = f"{_NOT_COMPILED} {columns}x{rows}, and {few}; {_AHEAD}"
            return reason, _ADVICE if work.frames >= WORTH_ADVICE else ""
    if missing:
        few = f"{stills:,} are too few to pay for that"
        reason = f"{_NOT_COMPILED} stills, and {few}; {_STILLS_AHEAD}"
        return reason, _STILLS_ADVICE if stills >= WORTH_ADVICE else ""
    return "", ""


def _finder(
    device: torch.device, settings: NetworkSettings
) -> Callable[[Compiler, Shape], cache.Entry | None]:
    """What finds a compiler's code for pictures of so many rows and columns in the cache."""
    variant, digest = identify(settings.model)

    def find(compiler: Compiler, shape: Shape) -> cache.Entry | None:
        return cache.find(key_for(compiler, variant, digest, shape, device, settings.precision))

    return find


def compiles_stills(device: torch.device) -> bool:
    """Whether stills are coloured by compiled networks where films are.

    On a GPU compiled networks take batches, and stills come one by one.
    """
    return device.type == "cpu"


def open_networks(
    loaded: Loaded, device: torch.device, backend: str, precision: str
) -> tuple[Network, Network]:
    """Open the network for films and the one for stills.

    Compiling takes long: films have one size, stills have many, so of these only the common sizes
    are compiled for.

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
    eager = EagerBackend(loaded, device, precision if precision in DTYPES else "auto")
    return films, NetworkByShape(films, eager) if compiles_stills(device) else eager
