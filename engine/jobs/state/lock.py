"""A job's lock: one driver at a time, and another one takes over where the holder has died."""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TypedDict, cast

from kinemacolor.engine.files import create_exclusive, temp_path_beside
from kinemacolor.models.errors import KinemacolorError

BEAT = 10.0  # seconds between the signs of life of a driver
DEAD = 90.0  # seconds without one after which a driver elsewhere counts as dead


class Holder(TypedDict):
    """Who holds a lock, as the lock's file has it.

    Attributes:
        host, pid: machine and number of the process.
        space: run of the machine and container, within which `pid` means something.
        born: when the process began, in the kernel's ticks; None where the system does not tell.
        token: random, so that no two holders are equal.
        since: when the lock was made, in seconds since 1970.
    """

    host: str
    space: str
    pid: int
    born: str | None
    token: str
    since: float


class Lock:
    """A job's lock, held as a context manager.

    The file is created whole where there is none, and names its holder. A holder on this machine
    is dead where its process is; one on another machine where the file has not been touched for
    long, by the clock of the file system that both see.

    Args:
        path: of the lock file; its folder exists.

    Raises:
        KinemacolorError: another driver holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        own: Holder = {
            "host": socket.gethostname(),
            "space": _process_space(),
            "pid": os.getpid(),
            "born": _born(os.getpid()),
            "token": secrets.token_hex(8),
            "since": time.time(),
        }
        self._own = json.dumps(own)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._lost = False

    def __enter__(self) -> Lock:
        self._claim(self._path)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._is_own():
            self._path.unlink(missing_ok=True)

    def check(self) -> None:
        """Raise where the lock is not ours any more.

        Raises:
            KinemacolorError: another driver has taken this one for dead, and the job over.
        """
        if self._lost:
            problem = "has been taken over by another process, which took this one for dead"
            raise KinemacolorError(self._path.parent, problem)

    def _clock(self) -> float:
        """The file system's time, in seconds since 1970."""
        probe = temp_path_beside(self._path)
        probe.touch()
        try:
            return probe.stat().st_mtime
        finally:
            probe.unlink()

    def _claim(self, path: Path) -> None:
        """Create the lock's file, or replace that of a holder who is dead.

        Of several who find the dead, one alone may follow it: the file named after it is claimed
        first, in the same way, for a follower may die too.
        """
        while not create_exclusive(path, self._own):
            held = holder(path)
            if held is None:
                continue
            if is_alive(path, held, self._clock()):
                raise KinemacolorError(
                    self._path.parent,
                    f"is being worked on by process {held['pid']} on {held['host']}",
                    "wait for it, or stop it",
                )
            follower = path.with_name(f".{path.name.lstrip('.')}.{held['token']}")
            self._claim(follower)
            if holder(path) == held:  # or somebody has followed it before
                os.replace(follower, path)
                return
            follower.unlink()

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            if not self._is_own():
                self._lost = True
                return
            os.utime(self._path)

    def _is_own(self) -> bool:
        try:
            return self._path.read_text(encoding="utf-8") == self._own
        except OSError:
            return False


def holder(path: Path) -> Holder | None:
    """Who holds the lock `path`; None where nobody does."""
    try:
        return cast(Holder, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def is_alive(path: Path, held: Holder, now: float) -> bool:
    """Whether the holder of the lock `path` still works.

    Args:
        path: the lock's file.
        held: who holds it.
        now: the file system's time, in seconds since 1970.
    """
    if held["space"] == _process_space():
        return held["born"] == _born(held["pid"])
    try:
        return now - path.stat().st_mtime < DEAD
    except FileNotFoundError:
        return False


def _process_space() -> str:
    """The boot of this machine and its container, within which a process's number is unique.

    Where the system does not tell, no two are the same: holders are judged by their signs of life.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return f"unknown {secrets.token_hex(8)}"


def _born(pid: int) -> str | None:
    """When a process began, in the kernel's ticks: numbers of processes are used again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None
