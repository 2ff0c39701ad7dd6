"""Signals during a job: the first Ctrl-C drains it, everything else stops it at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from kinemacolor.cli.early import ENDING, postponed
from kinemacolor.engine.jobs.execution.executor_protocol import Stop


@contextmanager
def stop_on_signals(stop: Stop, message: Callable[[str], None] | None) -> Iterator[None]:
    """Turn signals into requests to stop a job, until the block ends.

    The first SIGINT sets `stop.requested` where the job may drain: units that are begun are
    finished. Any further one raises KeyboardInterrupt, as do SIGTERM, which clusters and time
    limits send shortly before they kill, and SIGHUP of a terminal that closes. One that is ignored,
    as `nohup` has SIGHUP, stays so. A signal amid the loading of a library waits for its end.

    Args:
        stop: of the job that runs inside the block.
        message: called once, when the job begins to drain; None prints nothing.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        if postponed(number, frame):
            return
        if number != signal.SIGINT or stop.requested or not stop.may_drain:
            raise KeyboardInterrupt
        stop.request()
        if message:
            message(
                "Stopping when the frames that are begun are done, a segment at most; Ctrl-C again "
                "stops at once, and they are done again next time"
            )

    before = {
        number: signal.signal(number, handle)
        for number in ENDING
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
