"""The folder for what can be made again: compiled networks, tables, speeds of earlier jobs."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """$KINEMACOLOR_CACHE, or the platform's place for caches."""
    if place := os.environ.get("KINEMACOLOR_CACHE"):
        return Path(place)
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local")
    elif sys.platform == "darwin":
        base = home / "Library/Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "kinemacolor"
