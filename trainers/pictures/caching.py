"""Cache of what is derived from a source once: unpacked tars, decoded films."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def version_of(path: Path) -> str:
    """A file's size and time; empty where it is gone, as its reading will tell."""
    try:
        state = path.stat()
    except OSError:
        return ""
    return f"{state.st_size}-{state.st_mtime_ns}"


def identity(path: Path, *settings: object) -> str:
    """File name of a cache entry: another one when the file at `path` or its `settings` change."""
    state = path.stat()
    known = repr((str(path.resolve()), state.st_size, state.st_mtime_ns, settings))
    return f"{path.name}-{hashlib.sha256(known.encode()).hexdigest()[:16]}"


def cached(target: Path, build: Callable[[Path], None]) -> Path:
    """A cache entry, built where it is absent.

    It is written beside and renamed, so several processes may ask for it at once.

    Args:
        target: the entry, a file or folder.
        build: writes the entry to the path that it is given.

    Returns:
        `target`, which exists.
    """
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        build(part)
        part.rename(target)
    except OSError:
        # A folder cannot replace another that a second process has just put there.
        if not target.exists():
            raise
    finally:
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink(missing_ok=True)
    return target
