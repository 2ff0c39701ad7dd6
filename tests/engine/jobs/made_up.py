"""The command with a worker that has no network: real films and stills, made-up colours.

`program.start` runs it in a process that can be killed. The environment tells it what happens:
    STARTED   a file that gets the name of everything the worker begins, a line each
    PIDS      a file that gets the process number of every worker that begins a segment
    KILL_AT   the number of the file operation at which the whole process group is killed
    COUNT     a file that gets the number of file operations of the whole run
    FULL_FROM, FULL_TO  writing operations between these numbers find the disk full
    UNREADABLE  a file that may not be opened, until another one has its name
    FULL      while this file is there, a worker in an actor finds the disk full
    FAULTY    a film whose segments break down
    DEADLY    a film whose segments kill their process, or a still that does
    DIE_IN    a part of the name of a film's segment amid which the whole process group is killed
    HUNG      a file that the first process to begin a segment makes, and hangs
    SLOW      seconds that every segment takes
    DONE_DEAD a file that the first process to have done a segment makes, and dies
    NO_RAY    Ray cannot be imported
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from kinemacolor.engine.jobs.state.folder import JOBS
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.media.video.index import FilmIndex, index_film
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.seeking import read_range
from kinemacolor.engine.media.video.segment_files import assemble, segment_writer
from kinemacolor.engine.pipeline.colorless import FrameColors
from kinemacolor.engine.pipeline.output_choice import choose_output
from tests.engine.fakes import FakeWorker, FilmReport, read_exemplars, without_torch
from tests.engine.media.video.film_pass import chroma_of

OPERATIONS = ("open", "os.rename", "os.link", "os.mkdir", "os.remove", "os.utime", "frame")


ORDERS = ("STARTED", "PIDS", "FULL", "FAULTY", "DEADLY", "DIE_IN", "HUNG", "SLOW", "DONE_DEAD")


class Worker(FakeWorker):
    """Paints stills red, and films by the numbers of their frames."""

    def __init__(self, settings, orders: Mapping[str, str]):
        super().__init__()
        self.settings, self.orders = settings, orders
        self.fingerprint = f"made up, {settings.saturation}"
        if "FULL" in orders:
            sys.addaudithook(self._fill)
        if "DONE_DEAD" in orders:
            add = Ledger.add
            Ledger.add = lambda ledger, key, entry: (add(ledger, key, entry), self._die(entry))[0]

    def index(self, source: Path, on_frame: Callable[[], None]) -> FilmIndex:
        self._started(f"{source}, index")
        every = 20
        return index_film(
            probe(source),
            salvage=self.settings.salvage,
            begins_shot=lambda frame: (on_frame(), frame.index % every == 0)[1],
        )

    def exemplars(self, source, index, guide, folder, on_frame):
        self._started(f"{source}, exemplars")
        on_frame()
        sys.audit("frame")
        return super().exemplars(source, index, guide, folder, on_frame)

    def segment(self, source, index, segment, target, on_frame, exemplars=None):
        self._started(f"{source}, frames {segment.start} to {segment.stop - 1}")
        if "PIDS" in self.orders:
            with open(self.orders["PIDS"], "a") as file:
                file.write(f"{os.getpid()}\n")
        if source.name == self.orders.get("FAULTY"):
            raise ZeroDivisionError("odd")
        if source.name == self.orders.get("DEADLY"):
            os._exit(1)
        if self.orders.get("DIE_IN", "nothing") in f"frames {segment.start} to":
            os.killpg(0, signal.SIGKILL)
        if "HUNG" in self.orders and not Path(self.orders["HUNG"]).exists():
            Path(self.orders["HUNG"]).touch()
            time.sleep(3600)
        time.sleep(float(self.orders.get("SLOW", 0)))
        info = probe(source)
        spec = choose_output(info, self.settings)
        led: tuple[tuple[int, float], ...] = ()
        with segment_writer(info, spec, target) as write:
            for frame in read_range(info, index, segment.decode_start, segment.decode_stop):
                if segment.start <= frame.index < segment.stop:
                    sys.audit("frame")
                    given = read_exemplars(exemplars, index.shots, frame.index) if exemplars else {}
                    write(frame, *(plane + _shade(given) for plane in chroma_of(info, spec, frame)))
                    on_frame()
                    led += ((frame.index, _share(frame.index, given)),) if given else ()
        return FrameColors(segment.stop - segment.start, led=led)

    def _still(self, name, load):
        if Path(name).name == self.orders.get("DEADLY"):
            os._exit(1)
        return super()._still(name, load)

    def assemble(self, source, index, segments, target, tags=None):
        self._started(f"{source}, assembly")
        info = probe(source)
        notes = assemble(info, choose_output(info, self.settings), segments, target, tags or {})
        return FilmReport(len(index.pts), index.missing, notes)

    def _started(self, name: str) -> None:
        if "STARTED" in self.orders:
            with open(self.orders["STARTED"], "a") as file:
                file.write(name + "\n")

    def _fill(self, event: str, arguments: tuple) -> None:
        if event in ("os.rename", "os.link") and os.path.exists(self.orders["FULL"]):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _die(self, entry: dict) -> None:
        died = Path(self.orders["DONE_DEAD"])
        if "frames" in entry and not died.exists():
            died.touch()
            os._exit(1)


def _shade(given: Mapping[int, str]) -> int:
    """What is added to the chroma of a shot for which colours such as "#0a0000" are given."""
    return sum(int(color[1:3], 16) for color in given.values())


def _share(frame: int, given: Mapping[int, str]) -> float:
    """What is led of a frame: all of a given one, and a twentieth less for each one further."""
    return max(0.0, 1 - min(abs(frame - key) for key in given) / 20)


def _inode(path: str) -> int:
    try:
        return os.stat(path).st_ino
    except FileNotFoundError:
        return 0


@contextmanager
def disturbed() -> Iterator[None]:
    """Do to the run what the environment tells."""
    kill_at = int(os.environ.get("KILL_AT", -1))
    full = range(int(os.environ.get("FULL_FROM", 0)), int(os.environ.get("FULL_TO", 0)))
    unreadable = os.environ.get("UNREADABLE")
    inode = os.stat(unreadable).st_ino if unreadable else 0
    count = 0

    def hook(event: str, arguments: tuple) -> None:
        nonlocal count
        if event == "open" and str(arguments[0]) == unreadable and _inode(unreadable) == inode:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), unreadable)
        if event not in OPERATIONS or (event == "open" and JOBS not in str(arguments[0])):
            return
        count += 1
        if count == kill_at:
            os.killpg(0, signal.SIGKILL)
        if count in full and event in ("os.rename", "os.link"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    sys.addaudithook(hook)
    yield
    if "COUNT" in os.environ:
        Path(os.environ["COUNT"]).write_text(str(count))


def load() -> None:
    """Load all that the program needs, but for Ray's part of jobs."""
    without_torch(Worker)
    import kinemacolor.cli.main
    import kinemacolor.cli.plan
    import kinemacolor.engine.jobs.run  # noqa: F401

    with suppress(ImportError):
        import ray  # noqa: F401


def main() -> None:
    """Run the command by `sys.argv`; ends by SystemExit."""
    import kinemacolor.engine.jobs.run
    from kinemacolor.cli.main import main as command

    if "NO_RAY" in os.environ:
        sys.modules["ray"] = None
    orders = {name: os.environ[name] for name in ORDERS if name in os.environ}
    make_worker = partial(Worker, orders=orders)
    kinemacolor.engine.jobs.run.load_worker = make_worker
    with disturbed():
        try:
            command()
        except SystemExit as end:
            status = end.code
    sys.exit(status)
