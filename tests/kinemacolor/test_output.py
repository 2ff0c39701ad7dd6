"""Closed, full and broken output, what libraries print, and signals while they are loaded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.engine.fakes import still, tree
from tests.kinemacolor.program import LIMIT, ROOT, command, run

NOISE = """
import logging, os, sys, threading, warnings
def noise():
    os.write(1, b"libfoo: warning on stdout\\n")
    os.write(2, b"libpng warning: iCCP: known incorrect sRGB profile\\n")
    print("printed"); print("printed", file=sys.stderr)
    warnings.warn("a library's warning")
    logging.getLogger("libfoo").warning("a library's log")
    os.system("echo a child process >&2")
    logging.getLogger("kinemacolor.engine").warning("our own message")
import tests.engine.fakes as fakes
class Noisy(fakes.FakeWorker):
    def __init__(self, settings):
        super().__init__()
        noise()
"""


@pytest.fixture
def box(tmp_path):
    (tmp_path / "box").mkdir()
    for index in range(4):
        (tmp_path / f"box/{index}.png").write_bytes(still(index))
    return tmp_path


def shell(redirection: str, *words: object, **options) -> subprocess.CompletedProcess:
    """The command in a shell that redirects its output."""
    script = f'exec "$0" "$@" {redirection}'
    return subprocess.run(
        ["bash", "-c", script, *command(*words)],
        cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, **options,
    )  # fmt: skip


@pytest.mark.parametrize(
    "redirection",
    [
        "2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full", ">/dev/full", ">/dev/full 2>&1",
        "</dev/null >/dev/null 2>/dev/full",
    ],
)  # fmt: skip
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_no_output_costs_a_job(box, redirection, words):
    done = shell(redirection, "colorize", box / "box", "-o", box / "out", *words)
    assert done.returncode == 0 and "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert len(tree(box / "out")) == 4


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">/dev/full", "2>/dev/full"])
@pytest.mark.parametrize("words", [("--help",), ("--version",), ("models",), ("status", "box")])
def test_other_commands_bear_it_too(box, redirection, words):
    done = shell(redirection, *words)
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr


def test_no_file_takes_the_place_of_a_closed_stream(box):
    """What a library prints on descriptor 2 must not get into a file of ours."""
    program = NOISE + ("fakes.without_torch(Noisy)\nfrom kinemacolor.cli.main import main\nmain()")
    words = [sys.executable, "-c", program, "colorize", box / "box", "-o", box / "out"]
    script = 'exec "$0" "$@" <&- >&- 2>&-'
    subprocess.run(["bash", "-c", script, *map(str, words)], cwd=ROOT, check=True, timeout=LIMIT)
    for content in tree(box / "out").values():
        assert content.startswith(b"\x89PNG") and b"libpng" not in content
    for place in (box / "out").rglob("*"):
        assert place.is_dir() or b"libpng" not in place.read_bytes()


class TestLibraries:
    def noisy(self, box, *words):
        program = NOISE + (
            "fakes.without_torch(Noisy)\nfrom kinemacolor.cli.main import main\nmain()"
        )
        return subprocess.run(
            [sys.executable, "-c", program, "colorize", box / "box", "-o", box / "out", *words],
            cwd=ROOT, capture_output=True, text=True, timeout=LIMIT,
        )  # fmt: skip

    def test_say_nothing(self, box):
        done = self.noisy(box, "--json")
        assert done.returncode == 0 and done.stderr == "our own message\n"
        assert [json.loads(line) for line in done.stdout.splitlines()][-1]["event"] == "summary"

    def test_say_all_to_who_asks(self, box):
        done = self.noisy(box, "-v")
        assert "libpng warning" in done.stderr and "a library's log" in done.stderr
        assert "our own message" in done.stderr


def test_an_unforeseen_error_is_one_line(box):
    program = (
        "import kinemacolor.cli.run as run\n"
        "def broken(*_, **__): raise ZeroDivisionError('odd')\n"
        "run.announce = broken\n"
        "from kinemacolor.cli.main import main\nmain()"
    )
    words = [sys.executable, "-c", program, "colorize", box / "box", "-o", box / "out"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1 and "unexpected ZeroDivisionError in kinemacolor/" in line
    done = subprocess.run([*words, "-v"], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT)
    assert "Traceback" in done.stderr and done.stderr.splitlines()[-1].startswith("kinemacolor: ")


SLOW_LOADING = """
import sys, threading, time
from kinemacolor.__main__ import main
class Slow:  # a library that takes its time, and that no exception may pass
    def find_spec(self, name, *_):
        if name != "kinemacolor.cli.run":
            return None
        print("loading", file=sys.__stderr__, flush=True)
        until = time.monotonic() + 1
        try:
            while time.monotonic() < until:
                time.sleep(0.01)
        except BaseException:
            print("an exception passed", file=sys.__stderr__, flush=True)
            raise
sys.meta_path.insert(0, Slow())
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_libraries_are_loaded_is_quiet(box, number):
    words = [sys.executable, "-c", SLOW_LOADING, "colorize", box / "box", "-o", box / "out", "-v"]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr.readline() == "loading\n"
        process.send_signal(number)
        said = process.communicate(timeout=LIMIT)[1]
    assert process.returncode == 130
    assert "an exception passed" not in said and "Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("after", [0.0, 0.1, 0.5])
def test_a_signal_at_any_time_is_quiet(box, number, after):
    words = [sys.executable, "-m", "kinemacolor", "colorize", box / "box", "-o", box / "out", "-q"]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + LIMIT
        while not _catches_signals(process.pid) and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(after)
        process.send_signal(number)
        said = process.communicate(timeout=LIMIT)[1]
    as_python_ends = (-number, -signal.SIGINT)
    assert said == "" and process.returncode in (130, 0, *as_python_ends)


def _catches_signals(pid: int) -> bool:
    """Whether a process has come so far that it has a handler."""
    with open(f"/proc/{pid}/status") as file:
        caught = next(line for line in file if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def test_run_is_unaffected(box):
    done = run("colorize", box / "box", "-o", box / "out", env=dict(os.environ, LC_ALL="C"))
    assert done.returncode == 0 and "Done: 4 stills" in done.stderr and done.stdout == ""
