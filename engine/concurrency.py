"""Stages of a pipeline that run side by side, joined by bounded queues."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_PAUSE = 0.1  # seconds between looks at whether the other side has gone


class _End:
    """Closes a queue: normally, or with the error that stopped its stage."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def prefetch(items: Iterable[T], depth: int = 2) -> Generator[T, None, None]:
    """Yields `items` while a thread of its own works up to `depth` of them ahead.

    The bound is the back-pressure: a quick stage waits for a slow one. An error in `items` is
    raised here, in its place. Closing this iterator stops the thread and closes `items`.
    """
    queue: Queue[T | _End] = Queue(depth)
    stop = Event()

    def put(item: T | _End) -> None:
        while not stop.is_set():
            try:
                return queue.put(item, timeout=_PAUSE)
            except Full:
                continue

    def work() -> None:
        iterator = iter(items)
        try:
            for item in iterator:
                put(item)
                if stop.is_set():
                    break
            put(_End())
        except BaseException as error:  # handed over whole, to be raised by the reader
            put(_End(error))
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = queue.get(timeout=_PAUSE)
            except Empty:
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stop.set()
        thread.join()


def map_ordered(
    pool: Executor, function: Callable[[T], R], items: Iterable[T], depth: int
) -> Generator[R, None, None]:
    """`map` in order, with at most `depth` calls under way or waiting to be fetched."""
    begun: deque[Future[R]] = deque()
    try:
        for item in items:
            begun.append(pool.submit(function, item))
            if len(begun) >= depth:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        for future in begun:
            future.cancel()
