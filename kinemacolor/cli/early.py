"""What a command does before anything else is loaded: safe descriptors, and quiet signals."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType
from typing import Any, ClassVar

# Ask for an end: Ctrl-C, clusters and time limits, and a terminal that closes.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOPPED = 130  # exit status of what a signal ended
_AGAIN = 0.05  # seconds until a signal that came too early is sent once more


class _Begun:
    """How the command was begun.

    Attributes:
        loading: how deep in imports: a program may run the command as it is imported itself.
        handlers: of signals, that were there before.
    """

    loading = 0
    handlers: ClassVar[dict[int, Any]] = {}


def begin() -> None:
    """Prepare the process; to be called first, and harmless when called again.

    Descriptors 0 to 2 that are closed are opened on the null device: a file that took their number
    would get what libraries print. The signals that ask for an end raise KeyboardInterrupt.
    """
    _Begun.loading = _loading(sys._getframe())
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(null, "r" if name == "stdin" else "w"))
    if threading.current_thread() is not threading.main_thread():
        return
    for number in ENDING:
        before = signal.getsignal(number)
        if before in (signal.SIG_DFL, signal.default_int_handler):
            _Begun.handlers[number] = before
            signal.signal(number, _interrupt)


def end(*, of_process: bool = False) -> None:
    """Give signals back to whom they were taken from.

    Args:
        of_process: nothing is left to be done: signals end the process with no word.
    """
    for number, before in _Begun.handlers.items():
        if signal.getsignal(number) in (_interrupt, before):
            signal.signal(number, signal.SIG_DFL if of_process else before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if not postponed(number, frame):
        raise KeyboardInterrupt


def postponed(number: int, frame: FrameType | None) -> bool:
    """Whether a signal comes while a library is loaded; then it is sent again a little later.

    An exception at such a moment aborts the process where it passes C++ code, or leaves modules
    that are half loaded.

    Args:
        number, frame: as a signal's handler gets them.
    """
    if _loading(frame) <= _Begun.loading:
        return False
    timer = threading.Timer(_AGAIN, os.kill, (os.getpid(), number))
    timer.daemon = True
    timer.start()
    return True


def _loading(frame: FrameType | None) -> int:
    """How deep in imports a frame is."""
    depth = 0
    while frame is not None:
        depth += frame.f_code.co_filename == "<frozen importlib._bootstrap>"
        frame = frame.f_back
    return depth
