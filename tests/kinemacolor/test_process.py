"""A host program notices nothing of being colorized in: its process stays as it was."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

_WATCH = """
import gc, json, os, signal, sys, threading
import cv2, logging, torch
import segmentation_models_pytorch  # PyTorch sets a variable when its compiler is loaded
from PIL import Image

cv2.setNumThreads(3)
torch.set_num_threads(2)

def fresh(function):
    seen = []
    thread = threading.Thread(target=lambda: seen.append(function()))
    thread.start()
    thread.join()
    return seen[0]

def state():
    return {
        "opencv threads": cv2.getNumThreads(),
        "torch threads": torch.get_num_threads(),
        "torch threads of a new thread": fresh(torch.get_num_threads),
        "torch interop threads": torch.get_num_interop_threads(),
        "gradients": torch.is_grad_enabled() and not torch.is_inference_mode_enabled(),
        "pillow's bound": Image.MAX_IMAGE_PIXELS,
        "environment": dict(os.environ),
        "signals": [str(signal.getsignal(n)) for n in (signal.SIGINT, signal.SIGTERM)],
        "frozen": gc.get_freeze_count(),
        "collecting": [gc.isenabled(), gc.get_threshold()],
        "streams": [sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__],
        "excepthook": sys.excepthook is sys.__excepthook__,
        "folder": os.getcwd(),
        "umask": (os.umask(0o22), os.umask(0o22))[1],
        "loggers": [str(logging.getLogger(n).handlers) for n in ("", "tifffile", "PIL")],
        "threads": threading.active_count(),
    }

class Malloc:
    # ctypes hands out `mallopt` by the library's attribute
    def __init__(self, *_): pass
    def __getattr__(self, name): raise AssertionError(f"{name} of the C library was called")

import platform
platform.libc_ver = lambda *_: ("glibc", "2.36")
import ctypes
whole = ctypes.CDLL
ctypes.CDLL = lambda name=None, *more, **others: (
    Malloc() if name is None else whole(name, *more, **others)
)

def unchanged(step):
    now = state()
    found[step] = [name for name in now if now[name] != before[name]]

before, found = state(), {}
import kinemacolor
unchanged("import")
for name in kinemacolor.__all__:
    getattr(kinemacolor, name)
unchanged("names")
settings = kinemacolor.Settings(working_size=32, device="cpu")
network = kinemacolor.load_network(device="cpu")
unchanged("load")
kinemacolor.colorize_image("big.webp", network=network, settings=settings)
unchanged("image")
import numpy as np
frames = [np.full((48, 64), n, np.uint8) for n in range(12)]
list(kinemacolor.colorize_frames(frames, network=network, settings=settings))
unchanged("frames")
half = kinemacolor.colorize_frames(frames, network=network, settings=settings)
next(half)
half.close()
unchanged("frames, closed")
failing = kinemacolor.colorize_frames([frames[0], frames[0][1:]], network=network)
try:
    list(failing)
except ValueError as error:
    del error
unchanged("frames, failing")
assert kinemacolor.colorize(["photo.tif", "big.webp", "reel.mkv"], "out", settings=settings).ok
unchanged("job")
print(json.dumps(found))
"""


@pytest.fixture
def folder(tmp_path):
    from tests.engine.tint import pan, write_grey

    Image.new("L", (64, 48), 99).save(tmp_path / "photo.tif")
    Image.fromarray(np.full((96, 64, 3), 80, np.uint8)).save(tmp_path / "big.webp", lossless=True)
    write_grey(tmp_path / "reel.mkv", pan(4))
    return tmp_path


def test_nothing_is_left_changed(folder):
    done = subprocess.run(
        [sys.executable, "-c", _WATCH], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stderr == ""
    found = json.loads(done.stdout)  # and nothing else was printed
    assert found == {step: [] for step in found} and len(found) == 8


@pytest.mark.parametrize("name", ["__version__", "Settings", "KinemacolorError", "RayOptions"])
def test_what_is_small_loads_nothing_large(name):
    code = (
        f"import sys, kinemacolor; kinemacolor.{name}\n"
        "print(sorted({'torch', 'av', 'cv2', 'numpy', 'typer', 'PIL', 'ray'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
