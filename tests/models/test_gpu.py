"""The look for a GPU, with made-up drivers; and that it agrees with PyTorch on this machine."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from kinemacolor.models.errors import KinemacolorError, SettingsError
from kinemacolor.models.gpu import expect_device


class Driver:
    """NVIDIA's driver, as far as it is asked."""

    def __init__(self, *names: str, cuda: int = 13000, status: int = 0) -> None:
        self._names, self._cuda, self._status = names, cuda, status

    def cuInit(self, flags):
        return self._status

    def cuDriverGetVersion(self, version):
        version._obj.value = self._cuda
        return 0

    def cuDeviceGetCount(self, count):
        count._obj.value = len(self._names)
        return 0

    def cuDeviceGet(self, device, index):
        device._obj.value = index
        return 0

    def cuDeviceGetName(self, text, length, device):
        text.value = self._names[device.value].encode()
        return 0


def expect(name: str, *driver: Driver, torch_cuda: int = 13):
    def open_driver():
        if not driver:
            raise OSError("no such library")
        return driver[0]

    return expect_device(name, open_driver=open_driver, cuda_of_torch=lambda: torch_cuda)


def test_no_driver():
    found = expect("auto")
    assert found.device == "cpu" and str(found) == "Working on the processor: no GPU found."


def test_a_driver_without_a_device():
    assert expect("auto", Driver("H100", status=100)).device == "cpu"
    assert expect("auto", Driver()).reason == "no GPU found"


def test_a_gpu():
    found = expect("auto", Driver("NVIDIA H100", "NVIDIA A2"))
    assert found.device == "cuda" and str(found) == "Working on the GPU: NVIDIA H100."
    assert expect("cuda:1", Driver("NVIDIA H100", "NVIDIA A2")).gpu == "NVIDIA A2"


def test_the_processor_as_asked():
    assert str(expect("cpu", Driver("NVIDIA H100"))) == "Working on the processor."


@pytest.mark.parametrize(
    ("torch_cuda", "reason"), [(0, "PyTorch has no CUDA for the H100"), (14, "is too old for")]
)
def test_a_gpu_that_pytorch_cannot_use(torch_cuda, reason):
    found = expect("auto", Driver("H100"), torch_cuda=torch_cuda)
    assert found.device == "cpu" and reason in str(found)
    with pytest.raises(KinemacolorError, match="no such CUDA device"):
        expect("cuda", Driver("H100"), torch_cuda=torch_cuda)


@pytest.mark.parametrize("name", ["cuda", "cuda:1"])
def test_a_gpu_that_is_not_there(name):
    with pytest.raises(KinemacolorError, match=f"--device {name}: .*no such CUDA") as caught:
        expect(name, *([Driver("H100")] if ":" in name else []))
    assert not isinstance(caught.value, SettingsError)  # right usage, wrong machine


@pytest.mark.parametrize("name", ["", "abacus", "cuda:x", "cuda:-1", "cpu:1"])
def test_other_names_are_wrong_usage(name):
    with pytest.raises(SettingsError, match="is no device"):
        expect(name, Driver("H100"))


def test_pytorch_agrees():
    assert (expect_device("auto").device == "cuda") == torch.cuda.is_available()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_hidden_gpus_are_not_there(monkeypatch):
    code = "from kinemacolor.models.gpu import expect_device; print(expect_device('auto').device)"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout == "cpu\n"
