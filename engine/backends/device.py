"""What about a device decides the bits of a result, and the code that is compiled for it."""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path

import torch


def capability(device: torch.device) -> str:
    """What decides the last bits of a result: the GPU's name, or the CPU's vector instructions."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if torch.cpu._is_amx_tile_supported():
        return "AMX"
    if torch.cpu._is_avx512_bf16_supported():
        return "AVX512_BF16"
    return torch.backends.cpu.get_cpu_capability()


def identity(device: torch.device) -> str:
    """What compiled code is tied to: the GPU, or the CPU's model with all its instruction sets."""
    if device.type == "cuda":
        major, minor = torch.cuda.get_device_capability(device)
        return f"{torch.cuda.get_device_name(device)} {major}.{minor}"
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    fields = ("model name", "flags", "Features", "CPU part")
    facts = sorted({line for line in lines if line.startswith(fields)})
    digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
    return f"{platform.machine()} {platform.processor()} {capability(device)} {digest}"
