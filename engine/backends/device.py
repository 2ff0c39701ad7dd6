"""What there is to compute on."""

from __future__ import annotations

import hashlib
import os
import platform
from pathlib import Path

import torch


def cores() -> int:
    """Processor cores that this process may use; KINEMACOLOR_CORES says so where it is set."""
    if stated := os.environ.get("KINEMACOLOR_CORES"):
        return int(stated)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def quick_bfloat16(device: torch.device) -> bool:
    """Whether the device computes bfloat16 at least as quickly as float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def capability(device: torch.device) -> str:
    """What decides the last digits of a result: the GPU's name, or the CPU's vector arithmetic."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if torch.cpu._is_amx_tile_supported():
        return "AMX"
    if torch.cpu._is_avx512_bf16_supported():
        return "AVX512_BF16"
    return torch.backends.cpu.get_cpu_capability()


def identity(device: torch.device) -> str:
    """What code may be compiled for: the GPU, or the CPU with every instruction it knows."""
    if device.type == "cuda":
        major, minor = torch.cuda.get_device_capability(device)
        return f"{torch.cuda.get_device_name(device)} {major}.{minor}"
    said = Path("/proc/cpuinfo")
    lines = said.read_text().splitlines() if said.is_file() else []
    kinds = ("model name", "flags", "Features", "CPU part")
    known = sorted({line for line in lines if line.startswith(kinds)})
    digest = hashlib.sha256("\n".join(known).encode()).hexdigest()[:16]
    return f"{platform.machine()} {platform.processor()} {capability(device)} {digest}"
