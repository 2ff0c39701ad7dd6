"""The command with a worker that has no network: real films and stills, made-up colours.

Run as a program, so that it can be killed. The environment tells it what is to happen:
    STARTED   a file that gets the name of everything the worker begins, a line each
    KILL_AT   the number of the file operation at which the whole process group is killed
    COUNT     a file that gets the number of file operations of the whole run
    FULL_FROM, FULL_TO  writing operations between these numbers find the disk full
    FAULTY    a film whose segments break down
    SLOW      seconds that every segment takes
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from pathlib import Path

from engine.jobs.folder import JOBS
from engine.media.film_index import FilmIndex, index_film
from engine.media.film_part import read_part
from engine.media.film_segments import assemble, segment_writer
from engine.media.probe import probe
from tests.engine.fakes import FakeWorker, FilmReport, without_torch
from tests.engine.media.film_pass import chroma_of

OPERATIONS = ("open", "os.rename", "os.link", "os.mkdir", "os.remove", "os.utime", "frame")


class Worker(FakeWorker):
    """Paints stills red, and films by the numbers of their frames."""

    def __init__(self, settings):
        super().__init__()
        self.settings = settings
        self.fingerprint = f"made up, {settings.saturation}"

    def index(self, source: Path) -> FilmIndex:
        self._started(f"{source}, index")
        every = 20
        return index_film(
            probe(source, self.settings),
            salvage=self.settings.salvage,
            begins_shot=lambda frame: frame.index % every == 0,
        )

    def segment(self, source, index, segment, target, on_frame):
        self._started(f"{source}, frames {segment.start} to {segment.stop - 1}")
        if source.name == os.environ.get("FAULTY"):
            raise ZeroDivisionError("odd")
        time.sleep(float(os.environ.get("SLOW", 0)))
        info = probe(source, self.settings)
        with segment_writer(info, target, self.settings) as write:
            for frame in read_part(info, index, segment.first, segment.last):
                if segment.start <= frame.index < segment.stop:
                    sys.audit("frame")
                    write(frame, *chroma_of(info, frame))
                    on_frame()

    def assemble(self, source, index, parts, target):
        self._started(f"{source}, assembly")
        notes = assemble(probe(source, self.settings), parts, target, self.settings, {})
        return FilmReport(len(index.times), index.missing, notes)

    def _started(self, name: str) -> None:
        if "STARTED" in os.environ:
            with open(os.environ["STARTED"], "a") as file:
                file.write(name + "\n")


def disturb() -> None:
    """Do to the run what the environment tells."""
    kill_at = int(os.environ.get("KILL_AT", -1))
    full = range(int(os.environ.get("FULL_FROM", 0)), int(os.environ.get("FULL_TO", 0)))
    count = 0

    def hook(event: str, arguments: tuple) -> None:
        nonlocal count
        if event not in OPERATIONS or (event == "open" and JOBS not in str(arguments[0])):
            return
        count += 1
        if count == kill_at:
            os.killpg(0, signal.SIGKILL)
        if count in full and event in ("os.rename", "os.link"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    sys.addaudithook(hook)
    if "COUNT" in os.environ:
        import atexit

        atexit.register(lambda: Path(os.environ["COUNT"]).write_text(str(count)))


def main() -> None:
    without_torch(Worker)
    from engine.cli import main as command

    disturb()
    command()


if __name__ == "__main__":
    main()
