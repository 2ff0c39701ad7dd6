"""OpenVINO on CPUs: no C++ compiler needed; bfloat16, and int8 with the help of NNCF."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from kinemacolor.engine.backends.base import CompiledModel, Spec
from kinemacolor.engine.backends.device import quick_bfloat16
from kinemacolor.engine.backends.parity import probes
from kinemacolor.models.colorizer import Colorizer

if TYPE_CHECKING:
    import openvino

_CALIBRATION = range(2, 18)  # seeds of pictures that show int8 its ranges: not the gate's own


class OpenVino:
    """OpenVINO's CPU plugin; needs the extra [openvino]."""

    name = "openvino"
    suffix = ".blob"
    batch = 1

    def unavailable_reason(self, device: torch.device) -> str:
        if device.type != "cpu":
            return "is for CPUs here"
        return "" if importlib.util.find_spec("openvino") else "is not installed (extra [openvino])"

    def supported_precisions(self, device: torch.device) -> tuple[str, ...]:
        plain = ("bf16", "fp32") if quick_bfloat16(device) else ("fp32",)
        return (*plain, "int8") if importlib.util.find_spec("nncf") else plain

    def versions(self) -> str:
        known = (name for name in ("openvino", "nncf") if importlib.util.find_spec(name))
        said = [f"{name} {importlib.metadata.version(name)}" for name in known]
        return ", ".join([*said, f"torch {torch.__version__}"])

    def compile(self, network: Colorizer, spec: Spec, file: Path) -> None:
        import openvino

        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.export(network, (spec.example(),))
            model = openvino.convert_model(program)
        model.reshape([spec.batch, 1, *spec.shape])
        if spec.precision == "int8":
            model = _quantised(model, spec)
        compiled = openvino.Core().compile_model(model, "CPU", _options(spec))
        stream = io.BytesIO()
        compiled.export_model(stream)
        file.write_bytes(stream.getvalue())

    def load(self, file: Path, spec: Spec) -> CompiledModel:
        import openvino

        compiled = openvino.Core().import_model(file.read_bytes(), "CPU", _options(spec))
        own = threading.local()

        def form(lightness: Tensor) -> Tensor:
            if not hasattr(own, "request"):
                own.request = compiled.create_infer_request()
            own.request.infer([lightness.numpy()])
            return torch.from_numpy(own.request.get_output_tensor().data.copy())

        return form


def _options(spec: Spec) -> dict[str, Any]:
    """A thread for each call under way: no result depends on their number."""
    exact = spec.precision == "fp32" or not quick_bfloat16(spec.device)
    return {
        "INFERENCE_PRECISION_HINT": "f32" if exact else "bf16",
        "NUM_STREAMS": spec.calls,
        "INFERENCE_NUM_THREADS": spec.calls,
        "ENABLE_CPU_PINNING": False,  # other work shares the cores
    }


def _quantised(model: openvino.Model, spec: Spec) -> openvino.Model:
    import nncf

    others = (picture for seed in _CALIBRATION for picture in probes(spec.shape, seed))
    pictures = [picture[None, None] for picture in others]
    return nncf.quantize(model, nncf.Dataset(pictures), subset_size=len(pictures))
