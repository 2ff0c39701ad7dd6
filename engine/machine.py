"""The facts of this machine and of the software on it, for records of what was done where."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from kinemacolor._version import __version__
from kinemacolor.engine.peak_memory import peak

_PACKAGES = {"torch": "torch", "pyav": "av", "opencv": "opencv-python-headless", "numpy": "numpy"}


def cores() -> int:
    """The number of processor cores to use: $KINEMACOLOR_CORES, or all that this process may."""
    if stated := os.environ.get("KINEMACOLOR_CORES"):
        return int(stated)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine_facts() -> dict[str, Any]:
    """This machine: processor, its cores for us, main memory in bytes, GPU, operating system.

    The GPU is named where PyTorch is loaded and sees one; nothing is loaded for it.
    """
    facts: dict[str, Any] = {
        "host": platform.node(),
        "processor": _processor(),
        "cores": cores(),
        "memory": _memory(),
        "system": platform.platform(),
    }
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "cuda") and torch.cuda.is_available():
        facts["gpu"] = torch.cuda.get_device_name()
    return facts


def software_versions() -> dict[str, str]:
    """Versions of Kinemacolor and of what its results depend on; Ray's where it is loaded."""
    versions = {"kinemacolor": __version__, "python": platform.python_version()}
    packages = _PACKAGES | ({"ray": "ray"} if sys.modules.get("ray") else {})
    for name, package in packages.items():
        try:
            versions[name] = version(package)
        except PackageNotFoundError:  # another build of it, such as OpenCV with windows
            module = sys.modules.get({"opencv": "cv2"}.get(name, name))
            found = getattr(module, "__version__", None)
            versions |= {name: str(found)} if found else {}
    return versions | _ffmpeg_versions()


def peak_memory() -> int | None:
    """The most bytes of main memory that this process has had; None where that is not told."""
    return peak() or None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _ffmpeg_versions() -> dict[str, str]:
    import av  # loads the codecs

    libraries = {name: av.library_versions[name] for name in ("libavcodec", "libavformat")}
    return {"ffmpeg": av.ffmpeg_version_info} | {
        name: ".".join(map(str, number)) for name, number in libraries.items()
    }
