"""Pipelines: order, back-pressure, errors and endings."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kinemacolor.engine.concurrency import map_ordered, prefetch


def test_prefetch_keeps_order():
    assert list(prefetch(range(100), 3)) == list(range(100))


def test_prefetch_is_bounded():
    made = []

    def source():
        for i in range(100):
            made.append(i)
            yield i

    stream = prefetch(source(), 2)
    assert next(stream) == 0
    threading.Event().wait(0.3)
    assert len(made) <= 5  # one taken, two queued, one waiting to be put, and the one behind
    stream.close()


def test_prefetch_hands_errors_over_in_their_place():
    def source():
        yield 1
        raise KeyError("bad")

    stream = prefetch(source())
    assert next(stream) == 1
    with pytest.raises(KeyError, match="bad"):
        next(stream)


def test_closing_stops_the_thread_and_the_source():
    closed = threading.Event()

    def source():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    before = threading.active_count()
    stream = prefetch(source())
    next(stream)
    stream.close()
    assert closed.is_set() and threading.active_count() == before


def test_map_ordered_keeps_order_and_bound():
    with ThreadPoolExecutor(4) as pool:
        begun = []

        def source():
            for i in range(50):
                begun.append(i)
                yield i

        stream = map_ordered(pool, lambda i: i * i, source(), depth=4)
        assert next(stream) == 0
        assert len(begun) <= 5
        assert list(stream) == [i * i for i in range(1, 50)]


def test_map_ordered_raises_where_the_call_failed():
    def half(i):
        if i == 2:
            raise ValueError("two")
        return i

    with ThreadPoolExecutor(2) as pool:
        stream = map_ordered(pool, half, range(5), depth=2)
        assert [next(stream), next(stream)] == [0, 1]
        with pytest.raises(ValueError, match="two"):
            next(stream)
