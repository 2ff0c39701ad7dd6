"""A look for a GPU that takes milliseconds: it asks the driver, and does not load PyTorch.

PyTorch decides in the end; the same questions are asked here, so that the answers agree:
a CUDA build of it, a driver, a device that CUDA_VISIBLE_DEVICES leaves visible.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kinemacolor.models.errors import KinemacolorError, SettingsError

_DRIVERS = {"linux": "libcuda.so.1", "win32": "nvcuda.dll"}
_NAME_LENGTH = 256


@dataclass(frozen=True, slots=True)
class ExpectedDevice:
    """The device that a network will compute on, as far as is known without PyTorch.

    Args:
        device: "cpu", "cuda" or "cuda:N".
        gpu: the GPU's name; empty on the processor.
        reason: why it is the processor; empty where it was asked for, and on a GPU.
    """

    device: str
    gpu: str = ""
    reason: str = ""

    def __str__(self) -> str:
        """What is being worked on, as a sentence."""
        if self.gpu:
            return f"Working on the GPU: {self.gpu}."
        return f"Working on the processor{f': {self.reason}' if self.reason else ''}."


def check_device_name(name: str) -> None:
    """See that a device's name is one.

    Raises:
        SettingsError: it is none.
    """
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", name, re.ASCII):
        raise SettingsError(f"--device {name}", "is no device", "use auto, cpu, cuda or cuda:N")


def no_such_gpu(name: str) -> KinemacolorError:
    """The error of a CUDA device that is asked for and absent."""
    return KinemacolorError(
        f"--device {name}", "this machine has no such CUDA device", "use auto or cpu"
    )


def expect_device(
    name: str,
    *,
    open_driver: Callable[[], Any] | None = None,
    cuda_of_torch: Callable[[], int] | None = None,
) -> ExpectedDevice:
    """The device that a name will stand for on this machine.

    Args:
        name: "auto", "cpu", "cuda" or "cuda:N".
        open_driver: opens NVIDIA's driver library; raises OSError where there is none.
        cuda_of_torch: CUDA's major version that the installed PyTorch is built for; 0 for none.

    Raises:
        SettingsError: there is no such name.
        KinemacolorError: this machine has no such CUDA device.
    """
    check_device_name(name)
    if name == "cpu":
        return ExpectedDevice("cpu")
    found = _visible_gpus(open_driver or _open_driver)
    version = (cuda_of_torch or _cuda_of_torch)() if found.names else 0
    usable = found.names if 0 < version <= found.cuda else []
    if name == "auto" and not usable:
        reason = "no GPU found"
        if found.names and not version:
            reason = f"the installed PyTorch has no CUDA for the {found.names[0]}"
        elif found.names:
            reason = f"the driver of the {found.names[0]} is too old for the installed PyTorch"
        return ExpectedDevice("cpu", reason=reason)
    index = int(name.partition(":")[2] or 0)
    if index >= len(usable):
        raise no_such_gpu(name)
    return ExpectedDevice("cuda" if name == "auto" else name, gpu=usable[index])


@dataclass(frozen=True, slots=True)
class _Gpus:
    """Names of the visible GPUs, and the major version of CUDA that their driver knows."""

    names: list[str]
    cuda: int = 0


def _open_driver() -> Any:
    library = _DRIVERS.get(sys.platform)
    if library is None:
        raise OSError("NVIDIA has no driver for this system")
    return ctypes.CDLL(library)


def _visible_gpus(open_driver: Callable[[], Any]) -> _Gpus:
    """Ask the driver; none where any answer fails."""
    try:
        driver = open_driver()
        count, version = ctypes.c_int(), ctypes.c_int()
        failed = (
            driver.cuInit(0)
            or driver.cuDriverGetVersion(ctypes.byref(version))
            or driver.cuDeviceGetCount(ctypes.byref(count))
        )
        names = [] if failed else [_name(driver, index) for index in range(count.value)]
    except (OSError, AttributeError):
        return _Gpus([])
    return _Gpus(names, version.value // 1000)


def _name(driver: Any, index: int) -> str:
    device, text = ctypes.c_int(), ctypes.create_string_buffer(_NAME_LENGTH)
    if driver.cuDeviceGet(ctypes.byref(device), index) or driver.cuDeviceGetName(
        text, _NAME_LENGTH, device
    ):
        return f"number {index}"
    return text.value.decode(errors="replace")


def _cuda_of_torch() -> int:
    """CUDA's major version in the installed PyTorch, read from its files; 0 where it has none."""
    spec = find_spec("torch")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        try:
            text = Path(place, "version.py").read_text(encoding="utf-8")
        except OSError:
            continue
        match = re.search(r"^cuda\b[^=]*=\s*['\"](\d+)", text, re.MULTILINE)
        return int(match[1]) if match else 0
    return 0
