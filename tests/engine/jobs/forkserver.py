"""Programs forked from one interpreter that has everything loaded: they begin at once.

Each is a process and a session of its own, with its own environment, and may be killed like one
that was begun by a shell. The server, a process too, ends with the tests' process.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

ROOT = Path(__file__).parents[3]
LIMIT = 240.0  # seconds that a program may take, on a machine with much else to do


class Program:
    """A running program: the arguments of the command `kinemacolor`, done by `made_up`.

    Attributes:
        pid: its process, which leads a process group of its own.
        returncode: as `subprocess` has it; None while the program runs.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        self._words = words
        self._out, self._err = TemporaryFile("w+b"), TemporaryFile("w+b")  # noqa: SIM115
        self._status, ours = os.pipe()
        request = json.dumps([list(words), dict(environment)]).encode()
        socket.send_fds(_server(), [request], [self._out.fileno(), self._err.fileno(), ours])
        os.close(ours)
        self.returncode: int | None = None
        self.pid = self._read(LIMIT)

    @property
    def errors(self) -> str:
        """What it has written to stderr so far."""
        return _text(self._err)

    @property
    def output(self) -> str:
        """What it has written to stdout so far."""
        return _text(self._out)

    def poll(self) -> int | None:
        """Its status, None while it runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, seconds: float = LIMIT) -> int:
        """Its status at its end; a program that does not end is killed and is an error."""
        if self.returncode is None:
            try:
                self.returncode = self._read(seconds)
            except TimeoutError:
                self.kill()
                raise
            os.close(self._status)
        return self.returncode

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it alone."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it and the processes of its group, and wait for its end."""
        if self.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
            self.returncode = self._read(LIMIT)
            os.close(self._status)

    def _read(self, seconds: float) -> int:
        if not select.select([self._status], [], [], seconds)[0]:
            raise TimeoutError(
                f"{self._words} takes more than {seconds:g} s; it said: {self.errors}"
            )
        return int(os.read(self._status, 8))  # padded: pid and status are never read as one


def _text(file) -> str:
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode()


@cache
def _server() -> socket.socket:
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    program = [sys.executable, "-m", "tests.engine.jobs.forkserver", str(its.fileno())]
    subprocess.Popen(program, cwd=ROOT, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL)
    its.close()
    return ours


def serve(requests: socket.socket) -> None:
    """Fork a program for every request, until nobody can send one any more."""
    from tests.engine.jobs import made_up

    made_up.load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are not waited for
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, 1 << 20, 3)
        if not request:
            return
        if os.fork() == 0:
            requests.close()
            _keep(*json.loads(request), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _keep(words: list[str], environment: dict[str, str], out: int, err: int, status: int) -> None:
    """Fork the program, and tell its number and its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.close(status)
        _run(words, environment, out, err)
    os.write(status, b"%8d" % pid)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.write(status, b"%8d" % code)
    os._exit(0)


def _run(words: list[str], environment: dict[str, str], out: int, err: int) -> None:
    """Be the program."""
    from tests.engine.jobs import made_up

    code = 1
    try:
        os.setsid()
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["kinemacolor", *words]
        try:
            made_up.main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def wait_for(condition, program: Program, seconds: float = LIMIT) -> None:
    """Wait until a condition holds; an error where the program ends, or the time is up, before."""
    end = time.monotonic() + seconds
    while not condition():
        if program.poll() is not None and not condition():
            raise AssertionError(f"ended with status {program.returncode}: {program.errors}")
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s; it said: {program.errors}")
        time.sleep(0.02)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
