"""Pipelines whose stages run side by side in threads, joined by bounded queues."""

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
    """The last item of a queue.

    Args:
        error: what stopped the stage before; None where its items came to their end.
    """

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def prefetch(items: Iterable[T], depth: int = 2) -> Generator[T, None, None]:
    """Yield `items`, which a thread takes up to `depth` ahead of the reader.

    The bound is the back-pressure: a quick stage waits for a slow one. An error in `items` is
    raised here, in its place. Closing this generator stops the thread and closes `items`.

    Args:
        items: what the thread iterates over.
        depth: items that may wait for the reader.
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
    """Yield `function` of each item, in order, computed side by side in a pool.

    Args:
        pool: does the calls.
        function: is called with each item; an error is raised here, in its place.
        items: are taken as calls are pending.
        depth: calls, at most, that are under way or whose results wait to be taken.
    """
    pending: deque[Future[R]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) >= depth:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
