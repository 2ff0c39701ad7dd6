"""Fifty damaged files of each kind, coloured by the command in a process of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.fuzz.inputs import FILMS, NAMES

_STILLS = [name for name in NAMES if name.startswith("grey")]
_ARCHIVES = [name for name in NAMES if name.startswith("some")]


@pytest.mark.parametrize("names", [_STILLS, _ARCHIVES, list(FILMS)], ids=lambda names: names[0])
def test_damaged_files_are_reported_or_get_colors(names):
    program = [sys.executable, "-m", "tests.fuzz", "--mutants", "50", "--inputs", *names]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
