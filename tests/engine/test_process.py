"""What is tuned for good in a process of ours, and what is put back in anybody else's."""

import gc
import platform
import subprocess
import sys
import threading

import cv2
import pytest
import torch

from kinemacolor.engine import process
from kinemacolor.engine.process import (
    freeze_loaded,
    loading,
    opencv_single_threaded,
    pin_torch_thread,
    single_threaded,
)

GLIBC = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc is not glibc's")

_FAULTS = """
import resource, sys, threading
import numpy as np
from kinemacolor.engine.process import tune_process

if sys.argv[1] == "kept":
    tune_process()

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

_TUNED = """
import gc, logging, os, sys
from kinemacolor.engine.process import freeze_loaded, tune_process

tune_process()
freeze_loaded()
heavy = {"torch", "cv2", "av", "PIL", "numpy"} & set(sys.modules)
print(gc.get_freeze_count() > 0, os.environ["SVT_LOG"], sorted(heavy))
"""


_RELEASED = """
import sys
import numpy as np
from kinemacolor.engine.process import release_freed, tune_process

if sys.argv[1] == "tuned":
    tune_process()

def held():  # megabytes of this process's own memory
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    [line] = [line for line in lines if line.startswith("Anonymous:")]
    return int(line.split()[1]) / 1024

planes = [np.ones(1 << 18, np.float32) for _ in range(200)]
last = planes[-1]  # lies above the others
del planes
before = held()
release_freed()
print(round(before - held()))
"""


def run(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.fixture
def two_threads():
    """As a host program may have set them, whatever the tests run with."""
    before = cv2.getNumThreads(), torch.get_num_threads()
    cv2.setNumThreads(2)
    torch.set_num_threads(2)
    yield
    cv2.setNumThreads(before[0])
    torch.set_num_threads(before[1])


def counts():
    """OpenCV's threads, and PyTorch's of this thread and of one that begins now."""
    fresh = []
    thread = threading.Thread(target=lambda: fresh.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    return cv2.getNumThreads(), torch.get_num_threads(), fresh[0]


class TestTuning:
    @GLIBC
    def test_freed_memory_is_used_again_in_every_thread(self):
        usual, kept = ([int(line) for line in run(_FAULTS, how)] for how in ("usual", "kept"))
        assert len(kept) == 2 and max(kept) < usual[0] / 10

    @GLIBC
    def test_freed_memory_goes_back_between_pieces_of_work(self):
        """199 planes of a megabyte; in a process that is not ours nothing is done."""
        [back] = run(_RELEASED, "tuned")
        assert 150 < int(back) < 210
        [none] = run(_RELEASED, "not tuned")
        assert abs(int(none)) < 10

    def test_loads_nothing_heavy(self):
        assert run(_TUNED) == ["True 1 []"]

    def test_is_not_for_a_process_of_others(self, monkeypatch):
        monkeypatch.setattr(process._STATE, "tuned", False)  # other tests run the command
        before = gc.get_freeze_count()
        freeze_loaded()
        assert gc.get_freeze_count() == before


class TestLoading:
    @pytest.mark.parametrize("tuned", [True, False])
    def test_nothing_is_collected_meanwhile_in_a_process_of_ours(self, monkeypatch, tuned):
        monkeypatch.setattr(process._STATE, "tuned", tuned)
        with pytest.raises(RuntimeError), loading():
            assert gc.isenabled() is not tuned
            with loading():
                assert gc.isenabled() is not tuned
            assert gc.isenabled() is not tuned
            raise RuntimeError
        assert gc.isenabled()

    def test_who_collects_nothing_goes_on_so(self, monkeypatch):
        monkeypatch.setattr(process._STATE, "tuned", True)
        gc.disable()
        try:
            with loading():
                pass
            assert not gc.isenabled()
        finally:
            gc.enable()


@pytest.mark.usefixtures("two_threads")
class TestThreadCounts:
    def test_are_one_inside_and_put_back(self):
        with single_threaded():
            assert counts() == (1, 1, 2)  # other threads' PyTorch is left alone
        assert counts() == (2, 2, 2)

    def test_are_put_back_after_an_error(self):
        with pytest.raises(RuntimeError), single_threaded():
            raise RuntimeError
        assert counts() == (2, 2, 2)

    def test_nest(self):
        with single_threaded():
            with single_threaded():
                assert counts() == (1, 1, 2)
            assert counts() == (1, 1, 2)
        assert counts() == (2, 2, 2)

    def test_of_opencv_stay_until_the_last_has_left(self):
        entered, leave = threading.Event(), threading.Event()

        def other():
            with opencv_single_threaded():
                entered.set()
                leave.wait(10)

        thread = threading.Thread(target=other)
        with opencv_single_threaded():
            thread.start()
            assert entered.wait(10)
        assert cv2.getNumThreads() == 1
        leave.set()
        thread.join()
        assert cv2.getNumThreads() == 2

    def test_of_a_pinned_thread_are_its_own(self):
        seen = []

        def work():
            pin_torch_thread()
            seen.append(torch.get_num_threads())

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert seen == [1] and counts() == (2, 2, 2)
