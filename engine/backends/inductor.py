"""PyTorch's own compiler, ahead of time: C++ for this CPU in a file that is loaded in a moment."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path

import torch
from torch import Tensor, nn
from torch._inductor import cpp_builder
from torch._inductor.exc import CppCompileError, InvalidCxxCompiler
from torch._inductor.package import load_package

from engine.backends.contract import Form, Spec
from engine.backends.device import quick_bfloat16
from engine.backends.lowering import lowered
from engine.errors import KinemacolorError
from models.colorizer import Colorizer

_OPTIONS = {
    "freezing": True,  # weights become constants, laid out as the convolutions want them
    "cpp.threads": 1,  # a picture a thread: no result depends on their number
}


class _Cast(nn.Module):
    """The network as eager runs it: weights in `dtype`, and what needs float32 in float32."""

    def __init__(self, network: Colorizer, dtype: torch.dtype) -> None:
        super().__init__()
        self.network, self.dtype = lowered(network, dtype), dtype

    def forward(self, lightness: Tensor) -> Tensor:
        with torch.autocast("cpu", self.dtype, enabled=self.dtype != torch.float32):
            return self.network(lightness).float()


def _is_the_compilers(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, came from the C++ compiler."""
    while error is not None:
        if isinstance(error, CppCompileError):
            return True
        error = error.__cause__
    return False


class Inductor:
    """TorchInductor for CPUs; needs a C++ compiler to build, none to load."""

    name = "inductor"
    suffix = ".pt2"
    batch = 1

    def unfit(self, device: torch.device) -> str:
        if device.type != "cpu":
            return "is for CPUs here"
        try:
            compiler = cpp_builder.get_cpp_compiler()
        except InvalidCxxCompiler:
            compiler = ""
        return "" if compiler and shutil.which(compiler) else "needs a C++ compiler (g++ or clang)"

    def precisions(self, device: torch.device) -> tuple[str, ...]:
        return ("bf16", "fp32") if quick_bfloat16(device) else ("fp32", "bf16")

    def versions(self) -> str:
        return f"torch {torch.__version__}"

    def compile(self, network: Colorizer, spec: Spec, file: Path) -> None:
        dtype = torch.bfloat16 if spec.precision == "bf16" else torch.float32
        cast = _Cast(copy.deepcopy(network), dtype).eval()
        with torch.no_grad():
            program = torch.export.export(cast, (spec.example(),))
            try:
                torch._inductor.aoti_compile_and_package(
                    program, package_path=str(file), inductor_configs=dict(_OPTIONS)
                )
            except Exception as error:
                if _is_the_compilers(error):
                    problem = f"the C++ compiler failed: {str(error).strip().splitlines()[-1]}"
                    raise KinemacolorError(
                        "--backend inductor", problem, "use --backend eager"
                    ) from error
                raise

    def load(self, file: Path, spec: Spec) -> Form:
        # A runner for each call under way: with one, calls would wait for one another.
        model = load_package(str(file), num_runners=spec.calls)

        def form(lightness: Tensor) -> Tensor:
            # Convolutions ask OpenMP, which gives every new thread all cores.
            torch.set_num_threads(1)
            return model(lightness)

        return form
