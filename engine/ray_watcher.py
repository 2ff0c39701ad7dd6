"""Ends what Ray has begun once its driver is gone, in whatever way; run as a program of its own.

It reads from the driver's pipe, which the kernel closes even where the driver is killed. Until
then it notes the driver's descendants, since those of a dead process cannot be told any more.
Linux alone has what it reads; elsewhere it ends nothing. Standard library only: it starts at once.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

LOOK = 0.5  # seconds between two looks at the descendants
GRACE = 2.0  # seconds that they have to end by themselves

Process = tuple[int, int]  # its number, and when it began: numbers are used again


def _processes() -> Iterator[tuple[int, int, int]]:
    """Number, parent and time of beginning of every process."""
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()  # a name may hold anything
            if fields[0] != b"Z":
                yield int(name), int(fields[1]), int(fields[19])


def descendants(root: int) -> set[Process]:
    """The processes of Ray that a process has begun, and those that these have begun."""
    children: dict[int, list[Process]] = {}
    for number, parent, began in _processes():
        children.setdefault(parent, []).append((number, began))
    found: set[Process] = set()
    wanted = [root]
    while wanted:
        for number, began in children.get(wanted.pop(), ()):
            if _is_of_ray(number):
                found.add((number, began))
                wanted.append(number)
    return found


def _is_of_ray(number: int) -> bool:
    with suppress(OSError), open(f"/proc/{number}/cmdline", "rb") as file:
        words = file.read()
        return words.startswith(b"ray::") or b"/ray/" in words
    return False


def end(found: set[Process]) -> None:
    """End processes: those that have not ended by themselves after a while are killed."""
    until = time.monotonic() + GRACE
    while left := found & {(number, began) for number, _, began in _processes()}:
        if time.monotonic() > until:
            for number, _ in left:
                with suppress(OSError):
                    os.kill(number, signal.SIGKILL)
            return
        time.sleep(LOOK / 10)


def main() -> None:
    """Watch the process whose number is the first argument until standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    driver, found = int(sys.argv[1]), set()
    watching = os.path.isdir("/proc/self")
    while True:
        if watching:
            found |= descendants(driver)
        if select.select([0], [], [], LOOK)[0] and not os.read(0, 1):
            break
    if watching:
        # What was begun since the last look has parents that are known.
        end(found.union(*(descendants(number) for number, _ in found)))


if __name__ == "__main__":
    main()
