"""A network through its compiled forms, one for each size of picture, none used unproven."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch

from kinemacolor.engine.backends import cache
from kinemacolor.engine.backends.base import Compiler, Shape, Spec, SupportsRefit
from kinemacolor.engine.backends.device import capability, cores, identity
from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.backends.model_option import weights_errors_as_settings_errors
from kinemacolor.engine.backends.parity import Color, Parity, compare
from kinemacolor.engine.backends.runner import CompiledRunner
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.process import torch_single_threaded
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.weights import Loaded

log = logging.getLogger(__name__)


def key_for(
    compiler: Compiler,
    variant: str,
    weights: str,
    shape: Shape,
    device: torch.device,
    precision: str,
) -> cache.Key:
    """What a form is kept under.

    Args:
        weights: SHA-256 of their file.
        precision: "auto" is the compiler's choice.
    """
    return cache.Key(
        backend=compiler.name,
        variant=variant,
        weights=weights,
        shape=shape,
        batch=compiler.batch,
        precision=compiler.supported_precisions(device)[0] if precision == "auto" else precision,
        device=identity(device),
        versions=compiler.versions(),
    )


class CompiledNetwork:
    """Colours pictures by compiled forms, built when a size is first met, or taken from the cache.

    A form whose colours are not the network's is never used: pictures of that size go through
    eager float32, with a warning. So they do where the compiler cannot take the network. Both
    happen alike on every machine of one fingerprint; what may not is raised.

    Args:
        loaded: network and weights.
        compiler: makes the forms.
        device: where to run.
        precision: what to compute in; "auto" is the compiler's choice.

    Attributes:
        batch, calls, fingerprint: as `Network` has them.

    Raises:
        KinemacolorError: the compiler cannot be used here, or not in this precision.
    """

    def __init__(
        self, loaded: Loaded, compiler: Compiler, device: torch.device, precision: str = "auto"
    ) -> None:
        if reason := compiler.unavailable_reason(device):
            raise KinemacolorError(f"--backend {compiler.name}", reason, "use --backend auto")
        known = compiler.supported_precisions(device)
        if precision not in ("auto", *known):
            problem = f"{compiler.name} does not compute in it here"
            raise KinemacolorError(f"--precision {precision}", problem, f"use {' or '.join(known)}")
        self._precision = known[0] if precision == "auto" else precision
        self._loaded, self._compiler, self._device = loaded, compiler, device
        on_cpu = device.type == "cpu"
        self.batch = compiler.batch
        self.calls = cores() if on_cpu else 2
        said = (compiler.name, device.type, self._precision, compiler.versions())
        self.fingerprint = "/".join((*said, capability(device)))
        self._networks: dict[Shape, Color] = {}
        self._lock = Lock()

    @torch_single_threaded()
    def __call__(self, lightness: list[np.ndarray]) -> list[np.ndarray]:
        """As `Network` has it; the first call of a size may take as long as building its form.

        Raises:
            KinemacolorError: the form cannot be built on this machine, or not be kept.
        """
        height, width = lightness[0].shape
        return self._for((height, width))(lightness)

    def key(self, shape: Shape) -> cache.Key:
        """What the form for a size is kept under."""
        variant, digest = self._loaded.variant, self._loaded.digest
        return key_for(self._compiler, variant, digest, shape, self._device, self._precision)

    @torch_single_threaded()
    def entry(self, shape: Shape) -> cache.Entry:
        """The form for a size and what is known of it, built where it is not in the cache.

        Raises:
            KinemacolorError: it cannot be built on this machine, or not be kept.
        """
        key = self.key(shape)
        try:
            return cache.find(key) or cache.add(
                key, self._compiler.suffix, partial(self._build, key)
            )
        except OSError as error:
            raise KinemacolorError(
                cache.cache_folder(),
                f"the compiled network cannot be kept: {os_reason(error)}",
                "set KINEMACOLOR_CACHE to a folder with room, or use --backend eager",
            ) from error

    def _for(self, shape: Shape) -> Color:
        network = self._networks.get(shape)
        if network is None:
            with self._lock:
                network = self._networks.get(shape)
                if network is None:
                    network = self._networks[shape] = self._made(shape)
        return network

    def _made(self, shape: Shape) -> Color:
        entry = self.entry(shape)
        if problem := entry.about["parity"]["problem"]:
            name, (rows, columns) = self._compiler.name, shape
            log.warning("%s at %dx%d %s: eager float32 is used", name, columns, rows, problem)
            return EagerBackend(self._loaded, self._device, "fp32")
        try:
            return self._opened(entry.file, shape)
        except Exception as error:
            log.warning("%s: cannot be loaded (%s) and is built anew", entry.file, error)
            cache.forget(self.key(shape))
        return self._opened(self.entry(shape).file, shape)

    def _spec(self, shape: Shape) -> Spec:
        return Spec(shape, self.batch, self._precision, self._device, self.calls)

    def _opened(self, file: Path, shape: Shape) -> CompiledRunner:
        spec = self._spec(shape)
        return CompiledRunner(self._compiler.load(file, spec), spec)

    def _build(self, key: cache.Key, file: Path) -> dict[str, Any]:
        """Compile into `file`, which is removed where its colours are not the network's."""
        rows, columns = key.shape
        log.info("%s: compiling for %dx%d", self._compiler.name, columns, rows)
        began = time.perf_counter()
        with weights_errors_as_settings_errors():
            network = self._loaded.network()
        try:
            if not self._refitted(key, network, file):
                self._compiler.compile(network, self._spec(key.shape), file)
            form = self._opened(file, key.shape)
            parity = compare(form, network, key.shape, self._precision)
        except (KinemacolorError, OSError, MemoryError):
            raise
        except Exception as error:
            said = (str(error).strip() or type(error).__name__).splitlines()[0]
            parity = Parity(math.inf, math.inf, f"cannot take this network ({said})")
        if parity.problem:
            file.unlink(missing_ok=True)
        figures = {
            name: None if value == math.inf else value for name, value in asdict(parity).items()
        }
        return {"parity": figures, "seconds": round(time.perf_counter() - began, 2)}

    def _refitted(self, key: cache.Key, network: Colorizer, file: Path) -> bool:
        """Whether a form of other weights could be given these."""
        if not isinstance(self._compiler, SupportsRefit):
            return False
        spec = self._spec(key.shape)
        for other in cache.same_graph_entries(key):
            try:
                self._compiler.refit(other.file, network, spec, file)
                return (
                    compare(
                        self._opened(file, key.shape), network, key.shape, self._precision
                    ).problem
                    == ""
                )
            except Exception as error:
                log.warning("%s: takes no other weights (%s)", other.file, error)
        return False
