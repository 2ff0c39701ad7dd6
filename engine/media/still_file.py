"""Stills as files: read whole into memory, within a bound."""

from __future__ import annotations

import os
from pathlib import Path

from kinemacolor.engine.errors import MediaError

MAX_STILL = 4 << 30  # bytes of one still, loose or in an archive


def file_size(path: Path) -> int:
    """Bytes of a file; 0 where they cannot be told, which reading it will tell."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def read_still_file(path: Path) -> bytes:
    """Read a still's file whole.

    Raises:
        MediaError: it is larger than a still may be.
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > MAX_STILL:
            problem = f"is larger than a still may be ({MAX_STILL:,} bytes)"
            raise MediaError(path, problem, "cut it into several")
        return file.read(MAX_STILL)
