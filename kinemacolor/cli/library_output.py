"""What libraries print goes nowhere: the terminal has results and messages of the command alone."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TextIO

from kinemacolor.cli.console import Console, Pipe, Terminal
from kinemacolor.engine.files import moved_descriptors


@contextmanager
def library_output_hidden() -> Iterator[None]:
    """A block in which only `Console` reaches the terminal.

    Descriptors 1 and 2, and `sys.stdout` and `sys.stderr` with them, lead to a file without a
    name: there C libraries, loggers and child processes print. `sys.__stdout__` and
    `sys.__stderr__` lead where they did. Warnings that Kinemacolor logs are messages. A crash of a
    library is told by Python's fault handler.
    """
    with _sink() as sink, _leading_to(sink, 1) as out, _leading_to(sink, 2) as err:
        real = _stream(sys.stdout, 1, out), _stream(sys.stderr, 2, err)
        moved_descriptors.update({1: out, 2: err})
        before = sys.__stdout__, sys.__stderr__
        Terminal.streams = sys.__stdout__, sys.__stderr__ = real  # type: ignore[misc, assignment]
        handler = _Messages(logging.WARNING)
        logging.getLogger("kinemacolor").addHandler(handler)
        with suppress(OSError, ValueError):
            faulthandler.enable(real[1])
        try:
            yield
        finally:
            faulthandler.disable()
            moved_descriptors.clear()
            logging.getLogger("kinemacolor").removeHandler(handler)
            for stream in real:
                Pipe(stream).flush()  # which bears that it cannot be
            Terminal.streams = None
            sys.__stdout__, sys.__stderr__ = before  # type: ignore[misc]


class _Messages(logging.Handler):
    """Prints what is logged as messages of the command."""

    def emit(self, record: logging.LogRecord) -> None:
        Console().message(self.format(record))


@contextmanager
def _sink() -> Iterator[int]:
    """A descriptor that takes whatever is written to it.

    No pipe: a library that writes into a full one, and holds what its reader waits for, hangs.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(tempfile.TemporaryFile(prefix="kinemacolor-"))
        except OSError:  # no room, or no folder for it
            file = stack.enter_context(open(os.devnull, "r+b"))
        yield file.fileno()


@contextmanager
def _leading_to(sink: int, number: int) -> Iterator[int]:
    """A block in which a descriptor leads to the sink; gives one that leads where it did."""
    before = os.dup(number)
    os.dup2(sink, number)
    try:
        yield before
    finally:
        os.dup2(before, number)
        os.close(before)


def _stream(stream: TextIO, number: int, moved: int) -> TextIO:
    """What a stream is in the block: that of a host program, which is no descriptor's, stays."""
    with suppress(OSError, ValueError):
        if stream.fileno() == number:
            stream.flush()
            return os.fdopen(
                moved, "w", encoding=stream.encoding, errors=stream.errors, closefd=False
            )
    return stream
