"""A job's lock: one driver at a time, and another one takes over where the holder has died."""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from kinemacolor.engine.files import (
    atomic_write,
    create_exclusive,
    os_reason,
    remove,
    temp_path_beside,
)
from kinemacolor.engine.jobs.state.holder import UNKNOWN, Holder, holder
from kinemacolor.models.errors import KinemacolorError

BEAT = 10.0  # seconds between the signs of life of a driver
DEAD = 90.0  # seconds without one after which a driver elsewhere counts as dead


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
        try:
            self._claim(self._path)
        except OSError as error:
            problem = f"cannot be written: {os_reason(error)}"
            raise KinemacolorError(self._path.parent, problem) from error
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
        with suppress(OSError):
            if self._path.read_bytes() == self._own.encode():
                self._path.unlink()

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
        with open(probe, "xb") as file:
            try:
                return os.fstat(file.fileno()).st_mtime
            finally:
                probe.unlink(missing_ok=True)

    def _create(self, path: Path) -> bool:
        """Create the lock's file; again where its holder tidies up what we were writing."""
        while True:
            try:
                return create_exclusive(path, self._own)
            except FileNotFoundError:
                if not path.parent.is_dir():
                    raise

    def _claim(self, path: Path) -> None:
        """Create the lock's file, or replace that of a holder who is dead.

        Of several who find the dead, one alone may follow it: the file named after it is claimed
        first, in the same way, for a follower may die too.
        """
        while not self._create(path):
            held = holder(path)
            if held is None:
                continue
            if is_alive(path, held, self._clock()):
                raise KinemacolorError(self._path.parent, *_worked_on(held))
            follower = path.with_name(f".{path.name.lstrip('.')}.{held['token']}")
            self._claim(follower)
            try:
                if holder(path) != held:  # somebody has followed it before
                    continue
                if not path.is_dir():
                    os.replace(follower, path)
                    return
                grave = temp_path_beside(path)
                path.rename(grave)
                remove(grave)
            finally:
                follower.unlink(missing_ok=True)

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            if not self._show_life():
                self._lost = True
                return

    def _show_life(self) -> bool:
        """Touch the lock; False where it is another's.

        A disk that does not answer says nothing about whose it is. A lock that is damaged, or gone
        from its folder, is written anew.
        """
        try:
            with open(self._path, "rb") as file:
                if file.read() == self._own.encode():
                    os.utime(file.fileno())  # of this very file, whoever may have followed it
                    return True
            if (held := holder(self._path)) is None or held["token"] != UNKNOWN:
                return False
            with atomic_write(self._path) as part:
                part.write_text(self._own, encoding="utf-8")
        except FileNotFoundError:
            with suppress(OSError):
                return create_exclusive(self._path, self._own)
            return False
        except OSError:
            return True
        return True


def is_alive(path: Path, held: Holder, now: float) -> bool:
    """Whether the holder of the lock `path` still works.

    Args:
        path: the lock's file.
        held: who holds it.
        now: the file system's time, in seconds since 1970.
    """
    if held["space"] == _process_space():
        born = _born(held["pid"])
        if born is not None or not _exists(held["pid"]):
            return born is not None and born == held["born"]
    try:
        return now - path.stat().st_mtime < DEAD
    except FileNotFoundError:
        return False


def _worked_on(held: Holder) -> tuple[str, str]:
    """Problem and remedy of a job whose lock another driver holds."""
    if held["token"] == UNKNOWN:
        problem = "has a damaged lock, whose holder may still be working"
        return problem, f"where none is, run again in {DEAD:.0f} seconds"
    problem = f"is being worked on by process {held['pid']} on {held['host']}"
    return problem, "wait for it, or stop it"


def _exists(pid: int) -> bool:
    """Whether there is a process of this number, which may be hidden from us in /proc."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is another user's
        return True
    return True


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
    """When a process began, in the kernel's ticks: numbers of processes are used again.

    Empty where it has ended and was not waited for, which may be so for ever; None where the system
    does not tell.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return "" if fields[0] in "ZX" else fields[19]
