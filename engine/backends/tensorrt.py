"""The TensorRT backend: Torch-TensorRT on NVIDIA GPUs.

NOT RUN ON HARDWARE so far: no GPU and no TensorRT library were at hand. What is checked: every call
against the signatures of the 2.11, 2.12 and 2.13 wheels, its documented use, and the whole flow on
a double that enforces those signatures (tests/engine/backends/torch_tensorrt_double.py). The 2.13.0
wheel's partitioner, run dry over a stub of the library, takes the default network whole.
"""

from __future__ import annotations

import copy
import importlib.metadata
import importlib.util
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from torch import Tensor, nn

from kinemacolor.engine.backends.base import CompiledModel, Spec
from kinemacolor.engine.backends.folding import fold_normalization
from kinemacolor.models.colorizer import Colorizer

_TYPES = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}


class _Cast(nn.Module):
    """The network with weights and input in one type, as strongly typed TensorRT wants them."""

    def __init__(self, network: Colorizer, dtype: torch.dtype) -> None:
        super().__init__()
        self.network, self.dtype = fold_normalization(network).to(dtype), dtype

    def forward(self, lightness: Tensor) -> Tensor:
        ab: Tensor = self.network(lightness.to(self.dtype))
        return ab.float()


class TensorRt:
    """The `Compiler` of Torch-TensorRT; needs the extra [tensorrt]. Its engines can be refitted."""

    name = "tensorrt"
    suffix = ".ep"
    batch = 8

    def unavailable_reason(self, device: torch.device) -> str:
        if device.type != "cuda":
            return "needs an NVIDIA GPU"
        if importlib.util.find_spec("torch_tensorrt") is None:
            return "is not installed (extra [tensorrt])"
        try:
            import torch_tensorrt  # noqa: F401
        except Exception as error:  # it raises all kinds where the TensorRT library is absent
            return f"cannot be loaded ({str(error).strip().splitlines()[0]})"
        return ""

    def supported_precisions(self, device: torch.device) -> tuple[str, ...]:
        # float16 first: eight bits of bfloat16 are too few for the lightness that goes in.
        return "fp16", "bf16", "fp32"

    def versions(self) -> str:
        said = f"torch_tensorrt {importlib.metadata.version('torch_tensorrt')}"
        return f"{said}, torch {torch.__version__}"

    def compile(self, network: Colorizer, spec: Spec, file: Path) -> None:
        import torch_tensorrt

        example = spec.example()
        engine = torch_tensorrt.dynamo.compile(
            exported(network, spec),
            arg_inputs=[example],
            device=spec.device,
            require_full_compilation=True,  # a network in pieces would be slow, and say nothing
            min_block_size=1,
            immutable_weights=False,  # other weights go in without compiling again
        )
        _save(engine, example, file)

    def refit(self, old: Path, network: Colorizer, spec: Spec, file: Path) -> None:
        import torch_tensorrt

        example = spec.example()
        engine = torch_tensorrt.dynamo.refit_module_weights(
            torch_tensorrt.load(str(old)), exported(network, spec), arg_inputs=(example,)
        )
        _save(engine, example, file)

    def load(self, file: Path, spec: Spec) -> CompiledModel:
        import torch_tensorrt

        torch_tensorrt.runtime.set_cudagraphs_mode(True)
        engine = torch_tensorrt.load(str(file)).module()
        lock = Lock()

        def model(lightness: Tensor) -> Tensor:
            # A captured graph has one set of buffers; other threads copy and recombine meanwhile.
            with lock:
                ab: Tensor = engine(lightness)
                torch.cuda.current_stream(spec.device).synchronize()
            return ab

        return model


def exported(network: Colorizer, spec: Spec) -> torch.export.ExportedProgram:
    """Trace the network in the spec's precision, on its device."""
    cast = _Cast(copy.deepcopy(network), _TYPES[spec.precision]).to(spec.device).eval()
    with torch.no_grad():
        return torch.export.export(cast, (spec.example(),))


def _save(engine: Any, example: Tensor, file: Path) -> None:
    import torch_tensorrt

    torch_tensorrt.save(engine, str(file), output_format="exported_program", arg_inputs=[example])
