"""What is made of a source once, and kept beside the run."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def identity(path: Path, *settings: object) -> str:
    """A file name that changes when the file at `path`, or how it is used, does."""
    state = path.stat()
    known = repr((str(path.resolve()), state.st_size, state.st_mtime_ns, settings))
    return f"{path.name}-{hashlib.sha256(known.encode()).hexdigest()[:16]}"


def built(target: Path, build: Callable[[Path], None]) -> Path:
    """`target`, a file or folder, after `build` has written it where it is not there yet.

    It is written beside and renamed, so several processes may ask for it at once.
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
