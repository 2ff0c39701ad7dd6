"""A Ray of our own, for the time of a job: nobody else reaches it, and nothing of it stays.

Importing this module imports Ray.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType
from typing import Any, Self

import ray
from ray._private import ray_constants

from kinemacolor.engine import ray_watcher

_STARTS = 3  # a busy machine may be too slow for Ray's own patience
_ENDING = 10.0  # seconds, at most, that the watcher may take to end what is left


@contextmanager
def private_ray(**arguments: Any) -> Iterator[None]:
    """A block with a Ray on this machine, that is begun for it and ends with it.

    Args:
        arguments: for `ray.init`.

    Raises:
        Exception: what Ray raised at the last of several starts; it has no kind of its own for one
            that takes too long.
    """
    with _private_environment(), ExitStack() as stack:
        for left in reversed(range(_STARTS)):
            start = stack.enter_context(ExitStack())
            start.enter_context(_Watched())
            start.callback(ray.shutdown)
            try:
                ray.init(address="local", include_dashboard=False, **arguments)
                break
            except Exception:
                start.close()  # ends what has started nevertheless
                if not left:
                    raise
        yield


@contextmanager
def _private_environment() -> Iterator[None]:
    """A block in which a Ray that is begun serves this machine alone, and knows who calls.

    All its servers listen on the loopback address, as they do where Ray knows no clusters; and
    they want a token, which only this process and its children have. (Ray has tokens from 2.52
    on.) What the user has set in the environment stands.
    """
    private = {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
    }
    if "RAY_AUTH_MODE" in os.environ:
        del private["RAY_AUTH_MODE"], private["RAY_AUTH_TOKEN"]
    added = {name: value for name, value in private.items() if name not in os.environ}
    os.environ.update(added)
    clusters = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] == "1"
    _read_again()
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = clusters
        for name in added:
            os.environ.pop(name, None)
        _read_again()


def _read_again() -> None:
    """Have Ray's C++ part read the environment again: it remembers mode and token."""
    with suppress(ImportError):
        from ray._raylet import AuthenticationTokenLoader, Config  # type: ignore[attr-defined]

        Config.initialize("")
        AuthenticationTokenLoader.instance().reset_cache()


class _Watched:
    """A context at whose end nothing lives that Ray has begun in it, even if we are killed."""

    def __enter__(self) -> Self:
        # In a session of its own: what kills our process group is not to kill it.
        self._watcher = subprocess.Popen(
            [sys.executable, "-I", "-S", ray_watcher.__file__, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._watcher.stdin is not None
        self._watcher.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._watcher.wait(_ENDING)
