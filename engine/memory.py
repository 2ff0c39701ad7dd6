"""How this process treats memory that it has freed."""

from __future__ import annotations

import ctypes
import platform

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8  # glibc's malloc.h
_LARGEST_KEPT = 16 << 20  # bytes; a plane of a 2160p film
_KEPT = 1 << 30
_ARENAS = 2  # every further one keeps freed planes of its own; they are seldom waited for


def tune_malloc() -> None:
    """Have malloc keep what is freed, for the next frame: planes come and go by the hundred.

    By default glibc hands memory of their size back to the kernel at once, and every page that is
    touched anew costs a fault: a third of the time of recombination and smoothing. The peak does
    not change. Without glibc nothing is done.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    for parameter, value in (
        (_MMAP_THRESHOLD, _LARGEST_KEPT),
        (_TRIM_THRESHOLD, _KEPT),
        (_TOP_PAD, 2 * _LARGEST_KEPT),
        (_ARENA_MAX, _ARENAS),
    ):
        libc.mallopt(parameter, value)
