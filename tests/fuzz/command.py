"""The command with a small network whose colours are made up, in this process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import kinemacolor.engine.pipeline.worker
from kinemacolor.cli.main import main
from kinemacolor.models.weights import Loaded
from tests.engine.tint import Tint


def colorize(source: Path, out: Path, *words: str) -> tuple[list[dict[str, Any]], str, int]:
    """Run `kinemacolor colorize SOURCE -o OUT --json`.

    Returns:
        Its events, all that it and its libraries have written to stderr, and its exit status.
    """
    kinemacolor.engine.pipeline.worker.load = lambda _: Loaded(Tint, "tint", "0" * 64, {})
    sys.argv = ["kinemacolor", "colorize", str(source), "-o", str(out), "--json", "-q", *_FAST]
    sys.argv += words
    status = 0
    with _redirected(1, out.with_suffix(".out")), _redirected(2, out.with_suffix(".err")):
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    lines = out.with_suffix(".out").read_text().splitlines()
    errors = out.with_suffix(".err").read_text(errors="replace")
    return [json.loads(line) for line in lines], errors, status


_FAST = (
    "--working-size",
    "32",
    "--backend",
    "eager",
    "--device",
    "cpu",
    "--codec",
    "ffv1",
    "--on-color",
    "recolor",
)


@contextmanager
def _redirected(descriptor: int, path: Path) -> Iterator[None]:
    """A block in which what is written to a descriptor, by anybody, goes into a file."""
    before = os.dup(descriptor)
    with open(path, "wb") as file:
        os.dup2(file.fileno(), descriptor)
    try:
        yield
    finally:
        (sys.stdout if descriptor == 1 else sys.stderr).flush()
        os.dup2(before, descriptor)
        os.close(before)
