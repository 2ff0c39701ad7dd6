"""Errors of the network and of the memory, told as those of the film that met them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from kinemacolor.engine.backends.checked import NetworkError, gpu_too_small
from kinemacolor.engine.errors import MediaError


@contextmanager
def told_of(source: Path) -> Iterator[None]:
    """Raise what the network or the memory cannot do as a `MediaError` about `source`."""
    try:
        yield
    except NetworkError as error:
        raise MediaError(source, error.problem, error.remedy) from error
    except torch.OutOfMemoryError as error:  # of what follows the network on a GPU
        raise MediaError(source, gpu_too_small().problem, gpu_too_small().remedy) from error
    except MemoryError as error:
        raise MediaError(
            source, "too large for this machine's memory", "use a smaller --working-size"
        ) from error
    finally:
        # What of PyAV's frames and containers holds each other, and with them memory, goes now.
        gc.collect()
