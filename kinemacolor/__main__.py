"""The command line, as `python -m kinemacolor` and the installed command start it."""

import atexit
import os
import sys
from contextlib import suppress

from kinemacolor.cli.early import STOPPED, begin, end


def main() -> None:
    """Run the command."""
    begin()  # before anything else: loading takes a moment in which signals may come
    try:
        from kinemacolor.cli.main import main as run

        run()
    except KeyboardInterrupt:  # before the command could take it, or when it was done
        raise SystemExit(STOPPED) from None
    finally:
        end(of_process=True)


def program() -> None:
    """Run the command in a process of its own, which ends at once when it is done.

    Threads are waited for and the exit handlers of what was loaded run as ever, but nothing is
    taken apart: with PyTorch loaded that takes longer than to colour a photo.
    """
    status: list[int] = []
    atexit.register(_leave, status)  # the first to be registered is the last to be run
    try:
        main()
    except SystemExit as done:
        if isinstance(done.code, int | None):
            status.append(done.code or 0)
        raise


def _leave(status: list[int]) -> None:
    with suppress(OSError, ValueError):  # of a stream that is closed, which Python then tells
        sys.stdout.flush()
        sys.stderr.flush()
        if status:
            os._exit(status[0])


if __name__ == "__main__":
    program()
