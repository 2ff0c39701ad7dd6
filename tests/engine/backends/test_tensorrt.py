"""Torch-TensorRT's calls and flow, on a double: nothing here has seen a GPU."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from kinemacolor.engine.backends import tensorrt
from kinemacolor.engine.backends.base import SupportsRefit
from kinemacolor.engine.backends.compiled import CompiledNetwork
from kinemacolor.engine.backends.parity import probes, reference
from kinemacolor.engine.backends.tensorrt import TensorRt
from kinemacolor.models.weights import Loaded
from tests.engine.backends.doubles import CPU, SHAPE, Small, small
from tests.engine.backends.torch_tensorrt_double import SIGNATURES, Double


class OnCpu(TensorRt):
    """With the GPU played by the CPU."""

    def unavailable_reason(self, device):
        return ""


@pytest.fixture(params=SIGNATURES)
def double(request, monkeypatch, tmp_path):
    double = Double(request.param)
    monkeypatch.setitem(sys.modules, "torch_tensorrt", double)
    monkeypatch.setattr(tensorrt.importlib.metadata, "version", lambda _: double.version)
    monkeypatch.setattr(
        torch.cuda, "current_stream", lambda _: SimpleNamespace(synchronize=lambda: None)
    )
    monkeypatch.setenv("KINEMACOLOR_CACHE", str(tmp_path))
    return double


def colors(loaded: Loaded, precision: str = "auto") -> np.ndarray:
    return np.stack(CompiledNetwork(loaded, OnCpu(), CPU, precision)(probes(SHAPE)))


@pytest.mark.parametrize("precision", ["fp16", "bf16", "fp32"])
def test_compiled_saved_loaded_and_used(double, precision):
    true = np.stack(reference(small().network(), probes(SHAPE)))
    for _ in range(2):
        got = colors(small(), precision)
        limit = {"fp16": 0.1, "bf16": 1, "fp32": 1e-3}[precision]
        assert np.abs(got - true).max() < limit
    assert double.calls.count("dynamo.compile") == double.calls.count("save") == 1
    assert double.graphs


def test_new_weights_go_into_the_old_engine(double):
    colors(small())
    torch.manual_seed(8)
    anew = Small().eval()
    for parameter in anew.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    got = colors(Loaded(lambda: anew, "small", "8" * 64, {}))
    assert np.abs(got - np.stack(reference(anew, probes(SHAPE)))).max() < 0.1
    assert double.calls.count("dynamo.compile") == 1
    assert "dynamo.refit_module_weights" in double.calls


def test_an_engine_that_takes_no_other_weights_is_compiled_again(double, monkeypatch, caplog):
    colors(small())
    real = OnCpu.refit

    def other(self, old, network, spec, file):
        network.layers[3].bias.data += 40  # on its way in, the weights go wrong
        real(self, old, network, spec, file)
        network.layers[3].bias.data -= 40

    monkeypatch.setattr(OnCpu, "refit", other)
    got = colors(small("9" * 64))
    assert np.abs(got - np.stack(reference(small().network(), probes(SHAPE)))).max() < 0.1
    assert double.calls.count("dynamo.compile") == 2


def test_a_network_in_pieces_is_not_used(double, caplog):
    double.convertible = False
    got = colors(small())
    np.testing.assert_allclose(got, reference(small().network(), probes(SHAPE)), atol=1e-3)
    assert "could not be converted" in caplog.text and "eager float32" in caplog.text


def test_calls_of_other_versions_would_be_seen(double):
    with pytest.raises(TypeError, match="enabled_refit"):
        double.dynamo.compile(None, arg_inputs=[], enabled_refit=True)


def test_why_it_does_not_fit(monkeypatch):
    assert TensorRt().unavailable_reason(CPU) == "needs an NVIDIA GPU"
    gpu = torch.device("cuda")
    monkeypatch.setattr(tensorrt.importlib.util, "find_spec", lambda _: None)
    assert "[tensorrt]" in TensorRt().unavailable_reason(gpu)
    monkeypatch.setattr(tensorrt.importlib.util, "find_spec", lambda _: object())
    monkeypatch.setitem(sys.modules, "torch_tensorrt", None)
    assert TensorRt().unavailable_reason(gpu).startswith("cannot be loaded")
    assert isinstance(TensorRt(), SupportsRefit)
