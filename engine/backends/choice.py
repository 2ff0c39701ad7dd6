"""Which way of running a network a job takes, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch

from kinemacolor.engine.backends import cache
from kinemacolor.engine.backends.base import Compiler, Network, Shape
from kinemacolor.engine.backends.compiled import CompiledNetwork, key_for
from kinemacolor.engine.backends.eager import EAGER, EagerBackend
from kinemacolor.engine.backends.inductor import Inductor
from kinemacolor.engine.backends.model_option import weights_errors_as_settings_errors
from kinemacolor.engine.backends.openvino import OpenVino
from kinemacolor.engine.backends.tensorrt import TensorRt
from kinemacolor.engine.settings import Settings
from kinemacolor.models.device import pick_device
from kinemacolor.models.weights import Loaded, identify

# Building takes as long as some 2,000 frames gain; a job should gain more than it pays.
WORTH_BUILDING = 5_000

PREFERRED = ("tensorrt", "inductor")  # to eager, by "auto"; OpenVINO only where asked for
COMPILERS: dict[str, Callable[[], Compiler]] = {
    "inductor": Inductor,
    "tensorrt": TensorRt,
    "openvino": OpenVino,
}


@dataclass(frozen=True)
class Films:
    """What a job has for compiled networks.

    Args:
        frames: of its films.
        shapes: at which the network will see them; looked at only where they matter.
    """

    frames: int
    shapes: Iterable[Shape]


def choose(settings: Settings, films: Films) -> tuple[str, str]:
    """The backend that "auto" stands for in a job, and why, in one line.

    On NVIDIA GPUs TensorRT, on CPUs Inductor, where the compiled forms are in
    the cache or the films are long enough to pay for building them. Else eager.

    Args:
        settings: of the job.
        films: of the job.

    Raises:
        SettingsError: the model is unknown or its weights cannot be read.
        KinemacolorError: the device is absent.
    """
    place = pick_device(settings.device)
    over: list[str] = []
    for name in PREFERRED:
        compiler = COMPILERS[name]()
        against = compiler.unavailable_reason(place) or _not_worth_it(
            compiler, place, settings, films
        )
        if not against:
            return name, _said(name, over)
        over.append(f"{name} {against}")
    return "eager", _said("eager", over)


def _said(name: str, over: list[str]) -> str:
    passed = f" ({'; '.join(over)})" if over else ""
    return f"Backend: {name}{passed}"


def _not_worth_it(
    compiler: Compiler, device: torch.device, settings: Settings, films: Films
) -> str:
    precision = settings.precision
    if precision not in ("auto", *compiler.supported_precisions(device)):
        return f"does not compute in {precision} here"
    if films.frames >= WORTH_BUILDING:
        return ""
    if not films.frames:
        return "is for films"
    with weights_errors_as_settings_errors():
        variant, digest = identify(settings.model)
    for shape in set(films.shapes):
        key = key_for(compiler, variant, digest, shape, device, precision)
        if cache.find(key) is None:
            rows, columns = shape
            return (
                f"is not built for {columns}x{rows}, and {films.frames:,} frames are too few to; "
                "`kinemacolor compile` builds it ahead"
            )
    return ""


def open_networks(
    loaded: Loaded, device: torch.device, backend: str, precision: str
) -> tuple[Network, Network]:
    """The network for films and the one for stills.

    Forms take long to build: films have one size, stills have many, so these go through eager.

    Args:
        backend: "auto" is eager: `choose` settles it for jobs.

    Raises:
        KinemacolorError: the backend cannot be used here, or not in this precision.
    """
    if backend in ("auto", "eager"):
        eager = EagerBackend(loaded, device, precision)
        eager.open()  # complaints come before the work
        return eager, eager
    compiled = CompiledNetwork(loaded, COMPILERS[backend](), device, precision)
    return compiled, EagerBackend(loaded, device, precision if precision in EAGER else "auto")
