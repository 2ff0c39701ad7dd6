"""The device that a network computes on: by the name that a user gives it, and its bfloat16."""

from __future__ import annotations

import torch

from kinemacolor.models.gpu import check_device_name, no_such_gpu


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
    check_device_name(name)
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise no_such_gpu(name)
    return device


def quick_bfloat16(device: torch.device) -> bool:
    """Whether the device computes bfloat16 at least as quickly as float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
