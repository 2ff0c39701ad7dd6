"""Process-wide settings of the libraries below: put back after each use, or tuned for good.

Malloc, the garbage collector, the environment and thread counts belong to whoever owns the
process. The command and a Ray actor own theirs and tune it; work in a host program only borrows
the thread counts.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8  # glibc's malloc.h
_LARGEST_KEPT = 16 << 20  # bytes; a plane of a 2160p film
_KEPT = 1 << 30
_ARENAS = 2  # every further one keeps freed planes of its own; they are seldom waited for


class _State:
    """What this module knows of the process.

    Attributes:
        lock: held while anything process-wide is changed.
        tuned: the process is ours.
        opencv_users: pieces of work under way that need OpenCV single-threaded.
        opencv_threads: OpenCV's thread count before the first of them.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.tuned = False
        self.opencv_users = 0
        self.opencv_threads = 0


_STATE = _State()


def tune_process() -> None:
    """Tune malloc, garbage collection and logging for a process that does nothing but colour.

    For the owner of the process alone: nothing is put back. Loads no library.
    """
    _STATE.tuned = True
    _tune_malloc()
    # SVT-AV1 prints to the terminal unless told otherwise; 1 leaves its errors.
    os.environ.setdefault("SVT_LOG", "1")
    # A damaged TIFF is reported once, by the error that it leads to.
    logging.getLogger("tifffile").addHandler(logging.NullHandler())


def release_freed() -> None:
    """Hand the memory that malloc keeps back to the system, in a tuned process.

    Between two pieces of work: else what they free lies scattered, and the heap grows with each.
    """
    if _STATE.tuned and (libc := _glibc()) is not None:
        libc.malloc_trim(0)


def freeze_loaded() -> None:
    """Have garbage collections pass over all that is loaded by now, in a tuned process.

    What loading has freed goes back to the system.
    """
    if _STATE.tuned:
        gc.freeze()
        release_freed()


@contextmanager
def loading() -> Iterator[None]:
    """No garbage collections meanwhile in a tuned process; also a decorator.

    What libraries leave as they are loaded is no garbage, and looking through it again and again
    takes a fifth of the time.
    """
    pausing = _STATE.tuned and gc.isenabled()
    if pausing:
        gc.disable()
    try:
        yield
    finally:
        if pausing:
            gc.enable()


@contextmanager
def single_threaded() -> Iterator[None]:
    """OpenCV and this thread's PyTorch on one thread each; also a decorator.

    The engine works on several pictures side by side, each in a thread of its own: that is quicker
    than all cores on one picture, and no number of threads can change a result.
    """
    with opencv_single_threaded(), torch_single_threaded():
        yield


@contextmanager
def opencv_single_threaded() -> Iterator[None]:
    """OpenCV on one thread in the whole process; put back when its last user leaves."""
    import cv2

    with _STATE.lock:
        if _STATE.opencv_users == 0:
            _STATE.opencv_threads = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _STATE.opencv_users += 1
    try:
        yield
    finally:
        with _STATE.lock:
            _STATE.opencv_users -= 1
            if _STATE.opencv_users == 0:
                cv2.setNumThreads(_STATE.opencv_threads)


@contextmanager
def torch_single_threaded() -> Iterator[None]:
    """PyTorch on one thread where this thread calls it; other threads keep their counts."""
    import torch

    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    _set_own_torch_threads(1)
    try:
        yield
    finally:
        _set_own_torch_threads(before)


def pin_torch_thread() -> None:
    """PyTorch on one thread where this thread calls it, for good: initializer of thread pools."""
    import torch

    if torch.get_num_threads() != 1:
        _set_own_torch_threads(1)


def _set_own_torch_threads(count: int) -> None:
    """`torch.set_num_threads` for the calling thread alone.

    PyTorch keeps a count for each thread (OpenMP's) and a default, which a thread takes over when
    it first computes; the call sets both. A fresh thread sees the default, and puts it back.
    """
    import torch

    with _STATE.lock:
        default = _in_fresh_thread(torch.get_num_threads)
        torch.set_num_threads(count)
        _in_fresh_thread(lambda: torch.set_num_threads(default))


def _in_fresh_thread(function: Callable[[], T]) -> T:
    result: list[T] = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join()
    return result[0]


def _glibc() -> ctypes.CDLL | None:
    """The C library, where it is glibc."""
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None


def _tune_malloc() -> None:
    """Have malloc keep what is freed, for the next frame: planes come and go by the hundred.

    By default glibc hands memory of their size back to the kernel at once, and every page that is
    touched anew costs a fault: a third of the time of recombination and smoothing. The peak does
    not change. Without glibc nothing is done.
    """
    if (libc := _glibc()) is None:
        return
    for parameter, value in (
        (_MMAP_THRESHOLD, _LARGEST_KEPT),
        (_TRIM_THRESHOLD, _KEPT),
        (_TOP_PAD, 2 * _LARGEST_KEPT),
        (_ARENA_MAX, _ARENAS),
    ):
        libc.mallopt(parameter, value)
