"""Hubs of weights: whether they answer, asked once and briefly.

Their own clients repeat a request for a minute where there is no network.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from huggingface_hub import constants

HUGGING_FACE = constants.ENDPOINT
_SECONDS = 5.0


@cache
def is_reachable(address: str) -> bool:
    """Whether a server answers within some seconds, whatever its answer is.

    Args:
        address: of the server or of a file on it, with its scheme.
    """
    answered = threading.Event()

    def ask() -> None:
        try:
            request = urllib.request.Request(address, method="HEAD")
            urllib.request.urlopen(request, timeout=_SECONDS).close()
            answered.set()
        except urllib.error.HTTPError:
            answered.set()
        except (OSError, ValueError):
            pass

    # In a thread, for looking up a name has no time limit of its own.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_SECONDS)
    return answered.is_set()


@contextmanager
def cache_alone(active: bool) -> Iterator[None]:
    """Have Hugging Face's client look in its cache alone, without a request.

    Args:
        active: False changes nothing.
    """
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or active
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
