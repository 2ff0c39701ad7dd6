"""Libraries of AOTInductor, called from C."""

import gc
import sys
import weakref
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from kinemacolor.engine.backends.aot_library import AotLibrary
from kinemacolor.engine.backends.compiled import CompiledNetwork
from kinemacolor.engine.backends.inductor import Inductor, _extract
from tests.engine.backends.doubles import CPU, SHAPE, needs_compiler, small

_OTHER = "libc10.dylib" if sys.platform == "darwin" else "libc10.so"


@needs_compiler
def test_its_input_is_released():
    network = CompiledNetwork(small("f" * 64), Inductor(), CPU)
    library = AotLibrary(network.entry(SHAPE).file, 1)
    picture = np.full((1, 1, *SHAPE), 50, np.float32)
    one, again = (library(torch.from_numpy(picture)).numpy() for _ in range(2))
    assert one.shape == (1, 2, *SHAPE) and np.array_equal(one, again)
    released = weakref.ref(picture)
    del picture
    gc.collect()
    assert released() is None


@needs_compiler
@pytest.mark.skipif(sys.platform != "linux", reason="memory is told by /proc")
def test_its_output_is_released():
    network = CompiledNetwork(small("f" * 64), Inductor(), CPU)
    library, picture = AotLibrary(network.entry(SHAPE).file, 1), torch.full((1, 1, *SHAPE), 50.0)

    def resident() -> int:
        for _ in range(500):
            output = library(picture)
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // output.nbytes

    before = resident()
    assert resident() < before + 100  # outputs' worth


def test_other_libraries_are_refused():
    with pytest.raises(OSError, match="not made by AOTInductor"):
        AotLibrary(Path(torch.__file__).parent / "lib" / _OTHER, 1)


def test_files_that_are_none_are_refused(tmp_path):
    file = tmp_path / "network.so"
    file.write_bytes(b"nothing")
    with pytest.raises(OSError, match=r"network\.so"):
        AotLibrary(file, 1)


def test_operations_without_a_c_interface_are_refused(tmp_path):
    package = tmp_path / "network.pt2"
    with zipfile.ZipFile(package, "w") as members:
        members.writestr("a.wrapper.so", b"library")
        members.writestr("a.wrapper.cpp", "aoti_torch_proxy_executor_call_function(executor, 0);")
    with pytest.raises(ValueError, match="cannot be called from C"):
        _extract(package, tmp_path / "network.so")
    assert not (tmp_path / "network.so").exists()
