"""The Inductor backend: PyTorch's own compiler, ahead of time, to a shared library for this CPU."""

from __future__ import annotations

import copy
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import torch
from torch import Tensor, nn

from kinemacolor.engine.backends.aot_library import AotLibrary
from kinemacolor.engine.backends.base import CompiledModel, Spec
from kinemacolor.engine.backends.mixed_precision import cast_for_inference
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.device import quick_bfloat16
from kinemacolor.models.errors import KinemacolorError

_OPTIONS = {
    "freezing": True,  # weights become constants, laid out as the convolutions want them
    "cpp.threads": 1,  # one thread a picture: no result depends on their number
}


class _Cast(nn.Module):
    """The network in mixed precision, as the eager backend runs it."""

    def __init__(self, network: Colorizer, dtype: torch.dtype) -> None:
        super().__init__()
        self.network, self.dtype = cast_for_inference(network, dtype), dtype

    def forward(self, lightness: Tensor) -> Tensor:
        with torch.autocast("cpu", self.dtype, enabled=self.dtype != torch.float32):
            ab: Tensor = self.network(lightness)
            return ab.float()


def _extract(package: Path, file: Path) -> None:
    """Take the shared library out of the zip that PyTorch packs it in.

    Raises:
        ValueError: the library needs PyTorch's own loader.
    """
    with zipfile.ZipFile(package) as members:
        names = members.namelist()
        [library] = [name for name in names if name.endswith(".so")]
        sources = [members.read(name) for name in names if name.endswith(".cpp")]
        # What has no C interface is called by way of PyTorch's loader.
        if any(b"aoti_torch_proxy_executor_call_function" in source for source in sources):
            raise ValueError("it has an operation that cannot be called from C")
        file.write_bytes(members.read(library))


def _is_the_compilers(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, came from the C++ compiler."""
    from torch._inductor.exc import CppCompileError  # loaded already where there was an error

    while error is not None:
        if isinstance(error, CppCompileError):
            return True
        error = error.__cause__
    return False


class Inductor:
    """The `Compiler` of TorchInductor for CPUs; needs a C++ compiler to compile, none to load."""

    name = "inductor"
    suffix = ".so"
    batch = 1

    def unavailable_reason(self, device: torch.device) -> str:
        if device.type != "cpu":
            return "is for CPUs here"
        # As torch._inductor.cpp_builder looks for it, which takes seconds to load.
        compiler = os.environ.get("CXX") or {"darwin": "clang++", "win32": "cl"}.get(
            sys.platform, "g++"
        )
        return "" if shutil.which(compiler) else "needs a C++ compiler (g++ or clang)"

    def supported_precisions(self, device: torch.device) -> tuple[str, ...]:
        return ("bf16", "fp32") if quick_bfloat16(device) else ("fp32", "bf16")

    def versions(self) -> str:
        return f"torch {torch.__version__}, called from C"

    def compile(self, network: Colorizer, spec: Spec, file: Path) -> None:
        dtype = torch.bfloat16 if spec.precision == "bf16" else torch.float32
        cast = _Cast(copy.deepcopy(network), dtype).eval()
        with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
            program = torch.export.export(cast, (spec.example(),))
            package = Path(folder, "network.pt2")
            try:
                torch._inductor.aoti_compile_and_package(
                    program, package_path=str(package), inductor_configs=dict(_OPTIONS)
                )
            except Exception as error:
                if _is_the_compilers(error):
                    problem = f"the C++ compiler failed: {str(error).strip().splitlines()[-1]}"
                    raise KinemacolorError(
                        "--backend inductor", problem, "use --backend eager"
                    ) from error
                raise
            _extract(package, file)

    def load(self, file: Path, spec: Spec) -> CompiledModel:
        return AotLibrary(file, spec.calls)
