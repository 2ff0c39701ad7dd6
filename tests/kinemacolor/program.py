"""The command with a worker that has no network, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIMIT = 120  # seconds that no command takes, however busy the machine is

# Takes the place of the module that loads torch. The environment tells it what is to happen:
#     WAIT   a file that is made when its first film begins, which then takes longer than LIMIT
#     PLAIN  torch must not be loaded
PROGRAM = f"""
import os, pathlib, sys, time
import tests.engine.fakes as fakes
class Worker(fakes.FakeWorker):
    def __init__(self, settings):
        super().__init__()
        if settings.model != "kinema":
            from kinemacolor.models.errors import SettingsError
            raise SettingsError("--model", f"{{settings.model}} is unknown")
    def film(self, source, target, on_frame, guide=""):
        if "WAIT" in os.environ:
            pathlib.Path(os.environ["WAIT"]).touch()
            time.sleep({2 * LIMIT})
        return super().film(source, target, on_frame)
fakes.without_torch(Worker)
from kinemacolor.cli.main import main
try:
    main()
finally:
    if "PLAIN" in os.environ:
        assert "torch" not in sys.modules, "torch was loaded"
"""


def command(*words: object) -> list[str]:
    return [sys.executable, "-c", PROGRAM, *map(str, words)]


def run(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=LIMIT,
        **options,
    )


def lines(text: str) -> list[dict]:
    """Events that were printed with --json."""
    return [json.loads(line) for line in text.splitlines()]


def wait_for(process: subprocess.Popen, condition: Callable[[], object]) -> None:
    """Wait until a condition holds that a process brings about; fail where it ends before."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert process.poll() is None, f"ended with status {process.returncode}"
        assert time.monotonic() < deadline, f"nothing happened for {LIMIT} s"
        time.sleep(0.05)
