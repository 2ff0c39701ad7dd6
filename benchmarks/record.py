"""JSON records of measurements, with the machine that they were taken on."""

from __future__ import annotations

import json
import os
import platform
from datetime import date
from pathlib import Path
from typing import Any

import av
import cv2
import torch


def machine() -> dict[str, Any]:
    """Description of this machine: processor, cores, GPU, library versions, date."""
    # Absent before torch 2.12.
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return {
        "processor": capabilities.get("cpu_name") or platform.processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "amx": torch.cpu._is_amx_tile_supported(),
        "avx512_bf16": torch.cpu._is_avx512_bf16_supported(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "opencv": cv2.__version__,
        "pyav": av.__version__,
        "date": date.today().isoformat(),
    }


def write_json(path: Path | None, results: Any) -> None:
    """Write machine and results to `path` as JSON; nothing where it is None."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"machine": machine(), "results": results}, indent=2) + "\n")
