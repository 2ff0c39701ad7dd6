"""The OpenVINO backend for CPUs: no C++ compiler needed; bfloat16, and int8 by way of NNCF."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import io
import sys
import threading
import warnings
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from kinemacolor.engine.backends.base import CompiledModel, Spec
from kinemacolor.engine.backends.folding import fold_spectral_norm
from kinemacolor.engine.backends.parity import probes
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.device import quick_bfloat16

if TYPE_CHECKING:
    import openvino

_CALIBRATION = range(2, 18)  # seeds of the pictures that int8's ranges come from: not the check's


def _openvino() -> ModuleType:
    """The library, without the package by which its converter and NNCF report each use to Google.

    That sends by a fork of this process, too, which can hang. Both do without it where it is not
    installed.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # refuses imports
    return importlib.import_module("openvino")


class OpenVino:
    """The `Compiler` of OpenVINO's CPU plugin; needs the extra [openvino]."""

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
        openvino = _openvino()
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.export(fold_spectral_norm(network), (spec.example(),))
            model = openvino.convert_model(program)
        model.reshape([spec.batch, 1, *spec.shape])
        if spec.precision == "int8":
            model = _quantized(model, spec)
        compiled = openvino.Core().compile_model(model, "CPU", _options(spec))
        stream = io.BytesIO()
        compiled.export_model(stream)
        file.write_bytes(stream.getvalue())

    def load(self, file: Path, spec: Spec) -> CompiledModel:
        compiled = _openvino().Core().import_model(file.read_bytes(), "CPU", _options(spec))
        thread = threading.local()

        def model(lightness: Tensor) -> Tensor:
            if not hasattr(thread, "request"):
                thread.request = compiled.create_infer_request()
            thread.request.infer([lightness.numpy()])
            return torch.from_numpy(thread.request.get_output_tensor().data.copy())

        # A process's first call prepares the binding, where two at once would wait for each other.
        model(torch.zeros(spec.batch, 1, *spec.shape))
        return model


def _options(spec: Spec) -> dict[str, Any]:
    """OpenVINO's properties: one thread a call under way, so no result depends on their number."""
    exact = spec.precision == "fp32" or not quick_bfloat16(spec.device)
    return {
        "INFERENCE_PRECISION_HINT": "f32" if exact else "bf16",
        "NUM_STREAMS": spec.calls,
        "INFERENCE_NUM_THREADS": spec.calls,
        "ENABLE_CPU_PINNING": False,  # other work shares the cores
    }


def _quantized(model: openvino.Model, spec: Spec) -> openvino.Model:
    """The model in int8 (post-training quantization), calibrated on made-up pictures."""
    import nncf

    calibration = (picture for seed in _CALIBRATION for picture in probes(spec.shape, seed))
    pictures = [picture[None, None] for picture in calibration]
    return nncf.quantize(model, nncf.Dataset(pictures), subset_size=len(pictures))
