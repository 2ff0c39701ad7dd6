"""Progress as one line: drawn anew on a terminal, now and then a new one in a log."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TextIO

from tqdm import tqdm

_FIRST_LOG_SECONDS, _LOG_SECONDS = 2.0, 30.0  # between lines in a log, which become rarer
_REDRAW_SECONDS = 0.1
_COLUMNS = 80  # of a terminal that does not say
_SMALLEST_BAR = 8  # characters; where there is less room there is none


class ProgressLine:
    """What is being done, how much of it, and some notes; a context manager.

    On a terminal of any width the line is drawn anew, with as many of the notes as there is room
    for. In a pipe or a file the first state is a line at once, and later ones follow at growing
    intervals of half a minute at most.

    Args:
        what: is being done, such as "reading photos".
        total: how many.
        stream: where; standard error where it is not given.
    """

    def __init__(self, what: str, total: int, stream: TextIO | None = None) -> None:
        self._what, self._total = what, total
        self._stream = sys.stderr if stream is None else stream
        self._is_terminal = self._stream.isatty()
        self._written_at = -math.inf
        self._pause = _REDRAW_SECONDS if self._is_terminal else _FIRST_LOG_SECONDS
        self._length = 0  # of what stands in the terminal's line

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def show(self, done: int, *notes: str) -> None:
        """Show a state.

        Args:
            done: of the total.
            notes: further facts, the most important first.
        """
        now = time.monotonic()
        if now - self._written_at < self._pause:
            return
        is_first = math.isinf(self._written_at)
        self._written_at = now
        if self._is_terminal:
            self._draw(done, notes)
            return
        if not is_first:
            self._pause = min(2 * self._pause, _LOG_SECONDS)
        self._write(", ".join([f"{self._what}: {done:,} of {self._total:,}", *notes]) + "\n")

    def say(self, text: str) -> None:
        """Write a line of its own, above the progress."""
        self.clear()
        self._write(text + "\n")

    def clear(self) -> None:
        """Take the line away from the terminal."""
        if self._length:
            self._write("\r" + " " * self._length + "\r")
            self._length = 0

    def _draw(self, done: int, notes: Sequence[str]) -> None:
        plain = not (self._stream.encoding or "").lower().startswith("utf")
        columns = self._columns() - 1  # in the last one some terminals begin a new line
        line = lay_out(self._what, done, self._total, notes, columns, plain=plain)
        self._write("\r" + line + " " * (self._length - len(line)))
        self._length = len(line)

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or _COLUMNS
        except (OSError, ValueError):  # no terminal, or a stream without a number
            return _COLUMNS

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (BrokenPipeError, ValueError):  # nobody reads any more: the work goes on
            return


def lay_out(
    what: str, done: int, total: int, notes: Sequence[str], columns: int, *, plain: bool = False
) -> str:
    """A line of at most `columns` characters, with a bar if there is room for one.

    Args:
        what: is being done.
        done: so much of `total`.
        total: how many.
        notes: further facts, the most important first; the last ones are left out first.
        columns: width of the line.
        plain: draw the bar in ASCII.
    """
    count = f"{done:,}/{total:,}"
    for kept in range(len(notes), -1, -1):
        right = ", ".join([count, *notes[:kept]])
        room = columns - len(f"{what} || {right}")
        if room >= _SMALLEST_BAR:
            meter = f"{{bar:{room}}}"
            bar = tqdm.format_meter(done, max(total, done, 1), 0, bar_format=meter, ascii=plain)
            return f"{what} |{bar}| {right}"
    share = f"{100 * done // max(total, 1)} %"
    return next((line for line in (f"{what} {count}", count, share) if len(line) <= columns), "")
