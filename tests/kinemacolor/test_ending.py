"""How the command's process ends: with its status, its last words, and no taking apart."""

import subprocess
import sys

import pytest

from tests.kinemacolor.program import LIMIT, ROOT

PROGRAM = """
import atexit, sys, threading
from kinemacolor import __main__ as command
class Loaded:
    def __del__(self):
        print("taken apart", file=sys.__stderr__, flush=True)
loaded = Loaded()
begin = command.begin
def begin_and_load():
    begin()
    atexit.register(print, "handler")
    late = lambda: (threading.main_thread().join(), print("thread"))
    threading.Thread(target=late).start()
command.begin = begin_and_load
getattr(command, sys.argv.pop(1))()
"""


def run(entry: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, entry, *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=LIMIT,
    )


@pytest.mark.parametrize(("word", "status"), [("--version", 0), ("nothing-like-it", 2)])
def test_threads_and_exit_handlers_come_first_and_nothing_is_taken_apart(word, status):
    done = run("program", word)
    assert done.returncode == status and "taken apart" not in done.stderr
    assert done.stdout.splitlines()[-2:] == ["thread", "handler"]


def test_a_host_program_ends_as_it_likes():
    done = run("main", "--version")
    assert done.returncode == 0 and "taken apart" in done.stderr
