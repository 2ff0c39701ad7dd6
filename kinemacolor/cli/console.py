"""What goes to the terminal: results to stdout, messages to stderr, and no harm if nobody reads."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO


class Pipe:
    """A text stream that falls silent, once, when its reader has gone (`| head`)."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        if hasattr(stream, "reconfigure"):  # file names hold bytes that are no text
            stream.reconfigure(errors="backslashreplace")

    def line(self, text: str) -> None:
        """Write one line."""
        self.write(text + "\n")
        self.flush()

    def write(self, text: str) -> int:
        """As a file does, for tqdm."""
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._silence()
            return len(text)

    def flush(self) -> None:
        """As a file does."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._silence()

    def isatty(self) -> bool:
        """As a file does."""
        return self._stream.isatty()

    @property
    def columns(self) -> int:
        """Width of the terminal; 0 where it does not tell, as in some containers."""
        try:
            return os.get_terminal_size(self.fileno()).columns
        except OSError:
            return 0

    @property
    def encoding(self) -> str:
        """As a file has it: tqdm draws its bar by it."""
        return self._stream.encoding

    def fileno(self) -> int:
        """As a file does: tqdm asks the terminal for its width."""
        return self._stream.fileno()

    def _silence(self) -> None:
        """Send the rest nowhere: the interpreter, too, flushes at its end."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


class Console:
    """The two streams of a command, as they are when it begins."""

    def __init__(self) -> None:
        self.out, self.err = Pipe(sys.stdout), Pipe(sys.stderr)

    def result(self, text: str) -> None:
        """A line that was asked for."""
        self.out.line(printable(text))

    def message(self, text: str) -> None:
        """A line for the person who watches."""
        self.err.line(printable(text))

    def event(self, event: dict[str, Any]) -> None:
        """A line for a machine."""
        self.out.line(json.dumps(event))


def printable(text: str) -> str:
    """Text without control characters: names come from archives that anyone may have made."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )
