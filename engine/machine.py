"""The facts of this machine and of the software on it, for records of what was done where."""

from __future__ import annotations

import os
import platform
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from kinemacolor._version import __version__
from kinemacolor.engine.peak_memory import peak
from kinemacolor.models.errors import SettingsError

_UNKNOWN_MEMORY = 8 << 30  # where the system does not tell
_PACKAGES = {
    "torch": "torch",
    "pyav": "av",
    "opencv": "opencv-python-headless",
    "numpy": "numpy",
    "imagecodecs": "imagecodecs",
    "pillow": "pillow",
    "tifffile": "tifffile",
    "simplejpeg": "simplejpeg",
}


def cores() -> int:
    """The number of processor cores to use: $KINEMACOLOR_CORES, or all that this process may.

    Raises:
        SettingsError: the variable is no number of cores.
    """
    if stated := os.environ.get("KINEMACOLOR_CORES"):
        if not (stated.isascii() and stated.isdecimal() and int(stated)):
            subject = f"KINEMACOLOR_CORES={stated}"
            raise SettingsError(subject, "is no number of cores", "use a whole number from 1")
        return int(stated)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_limit() -> int:
    """Bytes that this process should stay below, where nobody has said.

    Three quarters of the machine's memory, or of its container's; of several processes on one
    machine, each has the share of it that it has of the cores.
    """
    known = [size for size in (_memory(), _container_limit()) if size]
    size = min(known, default=_UNKNOWN_MEMORY)
    everybody = os.cpu_count() or 1
    share = min(1.0, cores() / everybody) if "KINEMACOLOR_CORES" in os.environ else 1.0
    return int(size * share * 3 / 4)


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


def result_versions() -> dict[str, str]:
    """Versions of Kinemacolor and of the libraries that the bytes of a result depend on."""
    return {k: v for k, v in software_versions().items() if k not in ("python", "ray")}


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


def _container_limit(root: Path = Path("/")) -> int | None:
    """The smallest limit of the control groups (versions 2 and 1) that this process is in."""
    limits = []
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return None
    for line in groups:
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        top = root / "sys/fs/cgroup" / controllers
        name = "memory.limit_in_bytes" if controllers else "memory.max"
        group = top / path.lstrip("/")
        # In a container the path may be the host's; its own group is then at the top.
        for folder in {group, *group.parents} if group.is_dir() else {top}:
            with suppress(OSError, ValueError):
                limits.append(int((folder / name).read_text()))
    return min(limits, default=None)


def _ffmpeg_versions() -> dict[str, str]:
    import av  # loads the codecs

    libraries = {name: av.library_versions[name] for name in ("libavcodec", "libavformat")}
    return {"ffmpeg": av.ffmpeg_version_info} | {
        name: ".".join(map(str, number)) for name, number in libraries.items()
    }
