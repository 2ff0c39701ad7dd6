"""The software that a job was begun with, and goes on with: other versions give other bytes."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = {
    "kinemacolor": "Kinemacolor",
    "torch": "PyTorch",
    "pyav": "PyAV",
    "ffmpeg": "FFmpeg",
    "opencv": "OpenCV",
    "numpy": "NumPy",
}


def other_versions(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The differences in words, such as "with OpenCV 4.10.0, not 4.12.0".

    Every number counts, also the last: a patch of an encoder or of a resizing changes bytes.

    Args:
        was: versions by name, as far as they were recorded.
        now: versions by name.
    """
    return [
        f"with {_NAMES.get(name, name)} {version}, not {now.get(name, 'none')}"
        for name, version in was.items()
        if now.get(name) != version
    ]
