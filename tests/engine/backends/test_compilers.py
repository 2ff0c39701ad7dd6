"""The real compilers on a small network, compiled once each: what all compiled models must do."""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch._inductor.exc import CppCompileError

from kinemacolor.engine.backends import inductor
from kinemacolor.engine.backends.compiled import CompiledNetwork
from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.backends.inductor import Inductor
from kinemacolor.engine.backends.parity import probes
from kinemacolor.engine.backends.registry import BUILT_IN, PARITY_LIMITS
from kinemacolor.models.errors import KinemacolorError
from tests.engine.backends.doubles import CPU, SHAPE, needs_compiler, small


def kind(name: str):
    lack = BUILT_IN[name].make_compiler().unavailable_reason(CPU)
    return pytest.param(name, marks=pytest.mark.skipif(bool(lack), reason=f"{name} {lack}"))


@pytest.fixture(scope="module", params=[kind(name) for name in BUILT_IN])
def network(request):
    """A compiled network, in the tests' own cache."""
    return compiled(request.param)


def compiled(name: str) -> CompiledNetwork:
    return CompiledNetwork(small("f" * 64), BUILT_IN[name].make_compiler(), CPU)


class TestCompiledModel:
    def test_is_near_the_network(self, network):
        parity = network.entry(SHAPE).about["parity"]
        assert (
            not parity["problem"] and parity["p99"] <= PARITY_LIMITS[network.key(SHAPE).precision]
        )

    def test_depends_on_neither_threads_nor_run(self, network):
        pictures = probes(SHAPE) * 4
        alone = [network([picture])[0] for picture in pictures]
        with ThreadPoolExecutor(4) as pool:
            threaded = list(pool.map(lambda picture: network([picture])[0], pictures))
        again = compiled(network.key(SHAPE).backend)(pictures)
        for a, b, c in zip(alone, threaded, again, strict=True):
            assert np.array_equal(a, b) and np.array_equal(a, c)
        digests = {hashlib.sha256(picture.tobytes()).digest() for picture in alone}
        assert len(digests) == 3

    def test_is_not_eager_in_disguise(self, network):
        network(probes(SHAPE))
        assert network.entry(SHAPE).file.stat().st_size > 1_000
        assert not isinstance(network._networks[SHAPE], EagerBackend)


@pytest.mark.parametrize("name", [kind("openvino")])
def test_the_first_calls_of_a_process_may_come_from_several_threads(name):
    """OpenVINO's binding prepares itself at its first call, and two at once hung."""
    compiled(name).entry(SHAPE)
    code = (
        "from concurrent.futures import ThreadPoolExecutor;"
        "from tests.engine.backends.test_compilers import SHAPE, compiled, probes;"
        f"network = compiled({name!r});"
        "picture = probes(SHAPE)[0];"
        "pool = ThreadPoolExecutor(4);"
        "print(len(list(pool.map(lambda _: network([picture]), range(8)))))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert said.stdout.strip() == "8", said.stderr


@pytest.mark.parametrize("name", [kind("openvino")])
def test_nothing_is_told_to_the_librarys_makers(name):
    code = (
        "import sys;"
        "from tests.engine.backends.test_compilers import CPU, SHAPE, BUILT_IN, small;"
        "from kinemacolor.engine.backends.compiled import CompiledNetwork;"
        f"compiler = BUILT_IN[{name!r}].make_compiler();"
        "CompiledNetwork(small('e' * 64), compiler, CPU).entry(SHAPE);"
        "print([name for name, module in sys.modules.items() if module and 'telemetry' in name])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert "openvino_telemetry" not in said.stdout and "openvino" in said.stdout, said.stderr


class TestInductor:
    def test_without_a_compiler(self, monkeypatch):
        monkeypatch.setattr(inductor.shutil, "which", lambda _: None)
        assert "C++ compiler" in Inductor().unavailable_reason(CPU)

    @pytest.mark.parametrize("backend", ["eager", pytest.param("inductor", marks=needs_compiler)])
    def test_a_worker_loads_nothing_that_only_other_networks_or_building_need(self, backend):
        code = (
            "import sys; from kinemacolor.engine.pipeline.worker import Worker;"
            "from kinemacolor.engine.settings import Settings;"
            f"Worker(Settings(backend={backend!r}, device='cpu'));"
            "slow = {'torchvision', 'timm', 'segmentation_models_pytorch', 'torch._dynamo'};"
            "slow |= {'torch._inductor', 'sympy', 'ray'};"
            "print(sorted(slow & set(sys.modules)))"
        )
        said = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert said.stdout.strip() == "[]", said.stderr

    def test_is_for_cpus(self):
        assert Inductor().unavailable_reason(torch.device("cuda")) == "is for CPUs here"

    def test_a_compiler_that_breaks_down_is_no_fault_of_the_network(self, monkeypatch, tmp_path):
        def broken(*_, **__):
            try:
                raise CppCompileError(["g++"], "g++: fatal error: Killed")
            except RuntimeError as error:
                raise ValueError("wrapped") from error

        monkeypatch.setattr(torch._inductor, "aoti_compile_and_package", broken)
        monkeypatch.setattr(Inductor, "unavailable_reason", lambda *_: "")
        monkeypatch.setenv("KINEMACOLOR_CACHE", str(tmp_path))
        with pytest.raises(KinemacolorError, match="C\\+\\+ compiler failed"):
            CompiledNetwork(small(), Inductor(), CPU)(probes(SHAPE))
        assert not list(tmp_path.iterdir())
