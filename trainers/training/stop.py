"""Graceful stop: SIGINT and SIGTERM end a training between two steps."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class StopRequest:
    """Signal handler for SIGINT and SIGTERM while entered; a second signal acts as usual.

    Attributes:
        received: number of the signal that arrived, 0 for none.
    """

    _SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.received = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        # Only the main thread may install handlers; elsewhere its owner handles signals.
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in self._SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()

    def __call__(self) -> bool:
        return self.received != 0

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received = number
        self._restore()
        os.write(2, b"\nstopping after this step; once more stops at once\n")

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
