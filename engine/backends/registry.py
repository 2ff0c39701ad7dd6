"""The backends by name: those of the engine, and those of other installed packages.

A backend is one file with a `Compiler` and one line in `BUILT_IN`; another package registers its
own by an entry point of the group `kinemacolor.backends`, named as users will call the backend.
Its value is a `Backend`, or a callable without arguments that returns a `Compiler`, such as its
class. This module loads no compiler and no torch.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from kinemacolor.models.errors import PluginError
from kinemacolor.models.plugins import PluginGroup

if TYPE_CHECKING:
    from kinemacolor.engine.backends.base import Compiler

EAGER = "eager"  # PyTorch as it is: needs no compiling, and is what a plain run uses

# What a compiled network computes in, and how far its colours may be from eager float32's: the 99th
# percentile of the Euclidean distance in a*b*, LAB units.
PARITY_LIMITS: Mapping[str, float] = {"fp32": 0.1, "bf16": 1.0, "fp16": 1.0, "int8": 2.0}


@dataclass(frozen=True)
class Backend:
    """A registered backend that compiles networks.

    Args:
        name: what `--backend` calls it.
        compiler: makes its `Compiler`: a callable without arguments, or where to import one from,
            as "package.module:name".
        parity_limits: the precisions that it may be asked for, each with the largest 99th
            percentile of the distance from eager float32 in a*b*, LAB units, that is let through.
        auto_rank: its place among those that "auto" tries, before it takes eager: of those that
            have not all been measured the lowest is taken; None where it is used on request only.
    """

    name: str
    compiler: str | Callable[[], Compiler]
    parity_limits: Mapping[str, float] = field(default_factory=lambda: PARITY_LIMITS)
    auto_rank: int | None = None

    def make_compiler(self) -> Compiler:
        """Import and make the backend's compiler.

        Raises:
            PluginError: that fails.
        """
        try:
            if isinstance(self.compiler, str):
                return cast("Compiler", pkgutil.resolve_name(self.compiler)())
            return self.compiler()
        except Exception as error:  # whatever a plug-in's code may raise
            reason = f"{type(error).__name__}: {error}".partition("\n")[0]
            problem = f"its compiler cannot be loaded ({reason})"
            remedy = "update or uninstall the package that registers it"
            raise PluginError(f"backend {self.name!r}", problem, remedy) from error


def _built_in(*backends: Backend) -> dict[str, Backend]:
    return {backend.name: backend for backend in backends}


_HERE = "kinemacolor.engine.backends"
BUILT_IN = _built_in(
    Backend("inductor", f"{_HERE}.inductor:Inductor", auto_rank=20),
    Backend("tensorrt", f"{_HERE}.tensorrt:TensorRt", auto_rank=10),
    Backend("openvino", f"{_HERE}.openvino:OpenVino", auto_rank=18),
)


def _read(name: str, value: object) -> Backend:
    """The backend that a plug-in's entry point gives.

    Raises:
        TypeError, ValueError: it gives none, or one of another name.
    """
    if isinstance(value, Backend):
        if value.name != name:
            raise ValueError(f"it calls itself {value.name!r}")
        return value
    if not callable(value):
        raise TypeError(f"{value!r} is neither a Backend nor makes a Compiler")
    return Backend(name, value)


_PLUGINS = PluginGroup("kinemacolor.backends", "backend", _read, {"auto", EAGER, *BUILT_IN})


def get(name: str) -> Backend:
    """Look up a backend that compiles networks.

    Raises:
        KeyError: there is none of this name; eager is none.
        PluginError: it is a plug-in's that is faulty or refused.
    """
    return BUILT_IN[name] if name in BUILT_IN else _PLUGINS.load(name)


def names() -> tuple[str, ...]:
    """What `--backend` may be, besides "auto"; loads no plug-in."""
    known = (EAGER, *BUILT_IN)
    return (*known, *(name for name in _PLUGINS.names() if name not in known))


def precisions(name: str) -> tuple[str, ...]:
    """What the backend `name` may be asked to compute in, on one device or another."""
    if name in ("auto", EAGER):
        return tuple(PARITY_LIMITS)
    return tuple(get(name).parity_limits)


def tried_by_auto() -> list[Backend]:
    """The backends that "auto" tries, in order; a faulty plug-in is left out with a warning."""
    everything: Iterable[Backend] = (*BUILT_IN.values(), *_PLUGINS.usable())
    ranked = [(backend.auto_rank, backend) for backend in everything]
    return [b for rank, b in sorted(ranked, key=lambda pair: pair[0] or 0) if rank is not None]
