"""Tables that are the same at every start, kept in the cache folder: to read them is quicker.

A table is named by all that its bits depend on: the code that computes it and all of `models.color`
below it, PyTorch, and the processor. So it is what would be computed here, to the bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import torch

from kinemacolor.engine.cache_folder import cache_folder
from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.machine import machine_facts
from kinemacolor.models import color

_DIGEST = 32  # bytes of SHA-256, which come before those of the table


def kept_table(
    name: str, shape: tuple[int, ...], code: str, compute: Callable[[], np.ndarray]
) -> np.ndarray:
    """A float32 table, from the cache folder where it is there and whole, else computed and kept.

    Where the folder cannot be written, nothing is kept.

    Args:
        name: of the table, a part of its file's.
        shape: of the table.
        code: the file of the module that computes it.
        compute: gives the table.
    """
    key = hashlib.sha256(repr((name, shape, _here())).encode())
    for source in (Path(code), *sorted(Path(color.__file__).parent.glob("*.py"))):
        key.update(source.read_bytes())
    file = cache_folder() / "tables" / f"{name}-{key.hexdigest()[:16]}.f32"
    table = _read(file, shape)
    if table is None:
        table = np.ascontiguousarray(compute(), np.float32)
        assert table.shape == shape, f"{name}: {table.shape} instead of {shape}"
        content = table.tobytes()
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(file) as part:
                part.write_bytes(hashlib.sha256(content).digest() + content)
    return table


def _read(file: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """The table in a file; None where there is none, or a damaged one."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
        return None
    return np.frombuffer(bytearray(content[_DIGEST:]), np.float32).reshape(shape)


@cache
def _here() -> tuple[str, ...]:
    """What of this machine and its libraries decides the last bits."""
    capability = torch.backends.cpu.get_cpu_capability()
    return torch.__version__, capability, str(machine_facts()["processor"])
