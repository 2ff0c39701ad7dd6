"""Freed memory is used again instead of being had from the kernel anew."""

import platform
import subprocess
import sys

import pytest

_FAULTS = """
import resource, sys, threading
import numpy as np
from kinemacolor.engine.memory import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()

def planes(times):
    for _ in range(times):  # as large as a frame's, and freed out of order
        held = [np.ones(1 << 19, np.float32) for _ in range(4)]
        held.reverse()

def work():
    planes(3)
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    planes(50)
    print(resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before)

work()
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc only")
def test_faults_are_few_in_every_thread():
    def faults(how):
        run = subprocess.run(
            [sys.executable, "-c", _FAULTS, how], capture_output=True, text=True, check=True
        )
        return [int(line) for line in run.stdout.split()]

    usual, kept = faults("usual"), faults("kept")
    assert len(kept) == 2 and max(kept) < usual[0] / 10
