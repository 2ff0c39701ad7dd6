"""The two output streams of a command: results on stdout, messages on stderr."""

from __future__ import annotations

import json
import os
import sys
from typing import TextIO

from kinemacolor.engine.jobs.formatting import printable


class Terminal:
    """Where the command prints.

    Attributes:
        streams: stdout and stderr, where `sys.stdout` and `sys.stderr` are something else; or None.
    """

    streams: tuple[TextIO, TextIO] | None = None


class Pipe:
    """A text stream that goes silent when it cannot be written: no output is worth a job.

    So it is where a reader has closed the pipe (`| head`), the disk of a log is full, or the stream
    is closed. It has of a file what tqdm asks for.

    Args:
        stream: stdout or stderr.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if hasattr(stream, "reconfigure"):  # file names may hold bytes that are not text
            stream.reconfigure(errors="backslashreplace")

    def line(self, text: str) -> None:
        """Write one line and flush it."""
        self.write(text + "\n")
        self.flush()

    def write(self, text: str) -> int:
        """Write text; the number of characters, as a file gives it."""
        try:
            self._stream.write(text)
        except (OSError, ValueError):
            self._silence()
        return len(text)

    def flush(self) -> None:
        """Hand everything written so far to the reader."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self._silence()

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return not self._stream.closed and self._stream.isatty()

    @property
    def columns(self) -> int:
        """Width of the terminal in characters; 0 where unknown, as in some containers."""
        try:
            return os.get_terminal_size(self.fileno()).columns
        except (OSError, ValueError):
            return 0

    @property
    def encoding(self) -> str:
        """Name of the encoding, which decides the characters of tqdm's bar."""
        return self._stream.encoding

    def fileno(self) -> int:
        """File descriptor, of which tqdm asks the terminal's width."""
        return self._stream.fileno()

    def _silence(self) -> None:
        """Send everything else to the null device, also what Python flushes when it exits."""
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, self._stream.fileno())
        except (OSError, ValueError):  # it has no descriptor
            self._stream = os.fdopen(null, "w")
        else:
            os.close(null)


class Console:
    """The streams of a command, as they are when it is created."""

    def __init__(self) -> None:
        out, err = Terminal.streams or (sys.stdout, sys.stderr)
        self.out, self.err = Pipe(out), Pipe(err)

    def result(self, text: str) -> None:
        """Print a line of what the command was asked for, on stdout."""
        self.out.line(printable(text))

    def message(self, text: str) -> None:
        """Print a line for the person who watches, on stderr."""
        self.err.line(printable(text))

    def json(self, value: object) -> None:
        """Print a value as one line of JSON, on stdout."""
        self.out.line(json.dumps(value))
