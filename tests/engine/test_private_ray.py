"""A Ray of our own: nobody else reaches it, and nothing of it outlives the process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kinemacolor.engine import ray_watcher

pytestmark = [
    pytest.mark.xdist_group("ray"),
    pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="reads /proc"),
]
ROOT = Path(__file__).parents[2]
LIMIT = 120.0  # seconds that nothing takes, however busy the machine is

REAL = """
import logging, sys
from kinemacolor.engine.private_ray import private_ray
import os
before = dict(os.environ)
with private_ray(num_cpus=1, object_store_memory=80 << 20, log_to_driver=False, logging_level=40):
    print("up", flush=True)
    sys.stdin.read()
assert dict(os.environ) == before
print("down", flush=True)
"""
# A Ray whose start fails when its processes are there: one of them has left its parent.
FAILING = """
import subprocess, sys, time
import kinemacolor.engine.private_ray as own
def begin(**_):
    subprocess.Popen(["bash", "-c", "exec -a ray::Child bash -c 'exec -a ray::Agent sleep 600 &"
                      " sleep 1.5; exec -a ray::Child sleep 600'"])
    time.sleep(1.5)
    print("begun", flush=True)
    {then}
own.ray.init = begin
own._STARTS = 2
try:
    with own.private_ray():
        pass
except RuntimeError:
    print("failed", flush=True)
    sys.stdin.read()
"""


def started(program: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_until(condition) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def alive(processes) -> set:
    return processes & {(number, began) for number, _, began in ray_watcher._processes()}


def listening(processes) -> list[str]:
    """The addresses at which processes wait for connections."""
    sockets = set()
    for number, _ in processes:
        for place in Path(f"/proc/{number}/fd").iterdir():
            sockets.add(os.readlink(place))
    found = []
    for family, name in ((socket.AF_INET, "tcp"), (socket.AF_INET6, "tcp6")):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == "0A" and f"socket:[{inode}]" in sockets:
                words = bytes.fromhex(local.split(":")[0])
                packed = b"".join(words[i : i + 4][::-1] for i in range(0, len(words), 4))
                found.append(socket.inet_ntop(family, packed))
    return found


@pytest.fixture(scope="module")
def ray():
    """A process with a Ray of its own, and the processes of that Ray."""
    process = started(REAL)
    assert process.stdout.readline() == "up\n"
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_it_is_private_and_dies_with_its_driver(ray):
    found = ray_watcher.descendants(ray.pid)
    own = ray_watcher._processes()
    began = next(began for number, _, began in own if number == ray.pid)
    addresses = listening({*found, (ray.pid, began)})
    assert len(addresses) >= 3
    assert all(address.removeprefix("::ffff:") == "127.0.0.1" for address in addresses)
    servers = [
        Path(f"/proc/{number}/environ").read_bytes()
        for number, _ in found
        if b"gcs_server" in Path(f"/proc/{number}/cmdline").read_bytes()
    ]
    assert servers and all(b"RAY_AUTH_MODE=token\0" in environ for environ in servers)
    assert all(b"RAY_AUTH_TOKEN=" in environ for environ in servers)
    os.killpg(ray.pid, signal.SIGKILL)
    wait_until(lambda: not alive(found))


def test_nothing_is_left_of_a_start_that_fails():
    with started(FAILING.format(then="raise RuntimeError('slow')")) as process:
        assert process.stdout.readline() == "begun\n"
        assert process.stdout.readline() == "begun\n"  # a second start
        assert process.stdout.readline() == "failed\n"
        assert not ray_watcher.descendants(process.pid)
        process.stdin.close()


def test_nor_where_it_is_killed_meanwhile():
    with started(FAILING.format(then="time.sleep(600)")) as process:
        assert process.stdout.readline() == "begun\n"
        wait_until(lambda: len(ray_watcher.descendants(process.pid)) >= 2)
        found = ray_watcher.descendants(process.pid)
        time.sleep(2 * ray_watcher.LOOK)  # for the watcher to have seen them, too
        os.killpg(process.pid, signal.SIGKILL)
        wait_until(lambda: not alive(found))


def test_others_are_left_alone():
    with subprocess.Popen(["sleep", "600"]) as other:
        assert all(number != other.pid for number, _ in ray_watcher.descendants(os.getpid()))
        other.kill()
