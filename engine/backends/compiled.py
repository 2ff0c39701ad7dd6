"""A network that runs compiled code: one compiled model for each size, cached, parity-checked."""

from __future__ import annotations

import errno
import logging
import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import torch

from kinemacolor.engine.backends import cache
from kinemacolor.engine.backends.base import Compiler, Pictures, Shape, Spec, SupportsRefit
from kinemacolor.engine.backends.checked import checked
from kinemacolor.engine.backends.compiled_runner import CompiledRunner
from kinemacolor.engine.backends.device import capability, identity
from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.backends.parity import Color, Parity, compare
from kinemacolor.engine.backends.registry import PARITY_LIMITS
from kinemacolor.engine.backends.speed import milliseconds
from kinemacolor.engine.cache_folder import cache_folder
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.machine import cores
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
    """The cache key of a compiled network.

    Args:
        compiler: that compiles it.
        variant: the network's name in the catalog.
        weights: SHA-256 of the weights file, hexadecimal.
        shape: rows and columns of its pictures.
        device: where it runs.
        precision: what it computes in; "auto" is the compiler's choice.
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
    """A `Network` that compiles itself for each size of picture, or takes it from the cache.

    A compiled model whose colours are not the network's is never used: pictures of that size go
    through eager float32, with a warning. So they do where the compiler cannot take the network.
    Both happen alike on every machine of one fingerprint; what may not is raised.

    Args:
        loaded: weights, and the network that they are for.
        compiler: compiles the network.
        device: where to run.
        precision: what to compute in; "auto" is the compiler's choice.
        parity_limits: for each precision the largest 99th percentile of the distance from eager
            float32 in a*b*, LAB units, that is let through.

    Attributes:
        batch, calls, fingerprint: as for `Network`.

    Raises:
        KinemacolorError: the compiler cannot be used here, or not in this precision.
    """

    def __init__(
        self,
        loaded: Loaded,
        compiler: Compiler,
        device: torch.device,
        precision: str = "auto",
        parity_limits: Mapping[str, float] = PARITY_LIMITS,
    ) -> None:
        if reason := compiler.unavailable_reason(device):
            raise KinemacolorError(f"--backend {compiler.name}", reason, "use --backend auto")
        known = compiler.supported_precisions(device)
        if precision not in ("auto", *known):
            problem = f"{compiler.name} does not compute in it here"
            raise KinemacolorError(f"--precision {precision}", problem, f"use {' or '.join(known)}")
        self._precision = known[0] if precision == "auto" else precision
        if self._precision not in parity_limits:
            problem = f"no parity limit is registered for {self._precision}"
            raise KinemacolorError(f"--backend {compiler.name}", problem, "use another --precision")
        self._limit = parity_limits[self._precision]
        self._loaded, self._compiler, self._device = loaded, compiler, device
        on_cpu = device.type == "cpu"
        self.batch = compiler.batch
        self.calls = cores() if on_cpu else 2
        said = (compiler.name, device.type, self._precision, compiler.versions())
        self.fingerprint = "/".join((*said, capability(device)))
        self._networks: dict[Shape, Color] = {}
        self._lock = Lock()

    @checked
    @torch_single_threaded()
    def __call__(self, lightness: Pictures) -> Pictures:
        """As for `Network`; the first call of a size may take as long as compiling for it.

        Raises:
            KinemacolorError: the network cannot be compiled on this machine, or not be cached.
            WeightsError: the weights do not fit the network.
            NetworkError: a colour is no number, or the GPU has not enough memory.
            MemoryError: there is not enough.
        """
        height, width = lightness[0].shape
        return self._network_for((height, width))(lightness)

    def key(self, shape: Shape) -> cache.Key:
        """The cache key of the compiled model for a size."""
        variant, digest = self._loaded.variant, self._loaded.digest
        return key_for(self._compiler, variant, digest, shape, self._device, self._precision)

    @torch_single_threaded()
    def entry(self, shape: Shape) -> cache.Entry:
        """The cache entry for a size; compiles where there is none.

        Raises:
            KinemacolorError: the network cannot be compiled on this machine, or not be cached.
            WeightsError: the weights do not fit the network.
        """
        key = self.key(shape)
        try:
            return cache.find(key) or cache.add(
                key, self._compiler.suffix, partial(self._compile, key)
            )
        except OSError as error:
            raise KinemacolorError(
                cache_folder(),
                f"the compiled network cannot be cached: {os_reason(error)}",
                "set KINEMACOLOR_CACHE to a folder with room, or use --backend eager",
            ) from error

    def _network_for(self, shape: Shape) -> Color:
        network = self._networks.get(shape)
        if network is None:
            with self._lock:
                network = self._networks.get(shape)
                if network is None:
                    network = self._networks[shape] = self._open(shape)
        return network

    def _open(self, shape: Shape) -> Color:
        """The compiled model for a size, or eager float32 where that failed the parity check."""
        entry = self.entry(shape)
        if problem := entry.about["parity"]["problem"]:
            name, (rows, columns) = self._compiler.name, shape
            log.warning("%s at %dx%d %s: eager float32 is used", name, columns, rows, problem)
            return EagerBackend(self._loaded, self._device, "fp32")
        try:
            return self._load(entry.file, shape)
        except (torch.OutOfMemoryError, MemoryError):  # nothing is wrong with what others use, too
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno not in (None, errno.ENOENT):
                raise  # its disk does not answer
            log.warning("%s: cannot be loaded (%s) and is compiled again", entry.file, error)
            cache.forget(self.key(shape))
        return self._load(self.entry(shape).file, shape)

    def _spec(self, shape: Shape) -> Spec:
        return Spec(shape, self.batch, self._precision, self._device, self.calls)

    def _load(self, file: Path, shape: Shape) -> CompiledRunner:
        spec = self._spec(shape)
        return CompiledRunner(self._compiler.load(file, spec), spec)

    def _compile(self, key: cache.Key, file: Path) -> dict[str, Any]:
        """Compile into `file`, which is removed where its colours are not the network's.

        Returns:
            Facts for the cache entry: parity, what a picture costs, and the seconds it took.
        """
        rows, columns = key.shape
        log.info("%s: compiling for %dx%d", self._compiler.name, columns, rows)
        began = time.perf_counter()
        network = self._loaded.network()
        cost = None
        try:
            parity = self._refit(key, network, file)
            if parity is None:
                self._compiler.compile(network, self._spec(key.shape), file)
                parity = self._check(file, network, key.shape)
            if not parity.problem:
                runner = self._load(file, key.shape)
                cost = milliseconds(runner, key.shape, self.batch, self._device)
        except (KinemacolorError, OSError, MemoryError):
            raise
        except Exception as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            parity = Parity(math.inf, math.inf, f"cannot take this network ({reason})")
        if parity.problem:
            file.unlink(missing_ok=True)
        figures = {
            name: None if value == math.inf else value for name, value in asdict(parity).items()
        }
        return {"parity": figures, "ms": cost, "seconds": round(time.perf_counter() - began, 2)}

    def _refit(self, key: cache.Key, network: Colorizer, file: Path) -> Parity | None:
        """Give a compiled model with other weights these; None where none passes with them."""
        if not isinstance(self._compiler, SupportsRefit):
            return None
        for other in cache.same_graph_entries(key):
            try:
                self._compiler.refit(other.file, network, self._spec(key.shape), file)
                parity = self._check(file, network, key.shape)
                return None if parity.problem else parity
            except Exception as error:
                log.warning("%s: takes no other weights (%s)", other.file, error)
        return None

    def _check(self, file: Path, network: Colorizer, shape: Shape) -> Parity:
        return compare(self._load(file, shape), network, shape, self._limit)
