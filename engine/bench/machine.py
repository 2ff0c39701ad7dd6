"""The machine that a measurement was taken on."""

from __future__ import annotations

import os
import platform
from datetime import date
from typing import Any

import av
import cv2
import torch

from kinemacolor.engine.machine import cores


def machine() -> dict[str, Any]:
    """Description of this machine: processor, cores, GPU, library versions, date."""
    # Absent before torch 2.12.
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return {
        "processor": capabilities.get("cpu_name") or platform.processor() or platform.machine(),
        "cores": cores(),
        "amx": torch.cpu._is_amx_tile_supported(),
        "avx512_bf16": torch.cpu._is_avx512_bf16_supported(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "opencv": cv2.__version__,
        "pyav": av.__version__,
        "date": date.today().isoformat(),
    }


def load_average() -> float | None:
    """Processes that waited for a core in the last minute; None where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
