"""The device that a network computes on, by the name that a user gives it."""

from __future__ import annotations

import re

import torch

from kinemacolor.models.errors import KinemacolorError, SettingsError


def pick_device(name: str) -> torch.device:
    """The device that a name stands for on this machine.

    Args:
        name: "auto" (CUDA where there is a GPU, else the CPU), "cpu", "cuda" or "cuda:N".

    Raises:
        SettingsError: there is no such name.
        KinemacolorError: this machine has no such CUDA device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not re.fullmatch(r"cpu|cuda(:\d+)?", name, re.ASCII):
        raise SettingsError(f"--device {name}", "is no device", "use auto, cpu, cuda or cuda:N")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise KinemacolorError(
            f"--device {name}", "this machine has no such CUDA device", "use auto or cpu"
        )
    return device
