"""Display of a job's progress: a bar on a terminal, lines in a log, events for machines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from time import monotonic
from typing import NamedTuple

from tqdm import tqdm
from tqdm.utils import disp_len, disp_trim

from kinemacolor.cli.console import Console, Pipe
from kinemacolor.engine.jobs.formatting import format_duration, printable
from kinemacolor.engine.jobs.reporting.phases import Phase, Stage
from kinemacolor.engine.jobs.reporting.progress import Lines, Progress, logged, steps_text

_LOG_SECONDS = 30  # between lines in a log
_REDRAW_SECONDS = 0.1  # between two drawings of a bar, at least
_COLUMNS = 80  # of a terminal that does not say
_SMALLEST_BAR = 10  # characters; where there is less room there is none
_NAME_LENGTHS = (40, 24, 12)  # characters of a file's name, by the room that there is


def display(console: Console, *, quiet: bool, machine: bool) -> Progress:
    """The progress display that fits the options and where stderr goes.

    Args:
        console: where the display appears.
        quiet: show nothing.
        machine: write progress events as JSON to stdout, quiet or not.
    """
    if machine:
        return Lines(0, console.json)
    if quiet:
        return Progress(0)
    if console.err.isatty():
        return Bar(0, console.err)
    return LogLines(console)


class LogLines(Lines):
    """Progress as lines of a log.

    Args:
        console: on whose stderr they appear.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(0, lambda event: console.message(logged(event)), pause=_LOG_SECONDS)
        self._console = console

    def say(self, text: str) -> None:
        self._console.message(text)


class Bar(Progress):
    """A line that is drawn anew: the phase, a bar, frames, rate, and the time that is left.

    Args:
        total: frames expected.
        stream: a terminal.
    """

    def __init__(self, total: int, stream: Pipe) -> None:
        super().__init__(total)
        self._stream, self._drawn = stream, 0.0
        self._bar = tqdm(file=stream, leave=False, total=1, delay=1e9)  # drawn by `_draw` alone

    def show(self) -> None:
        if monotonic() - self._drawn >= _REDRAW_SECONDS:
            self._draw()

    def enter(self, phase: Phase, of: int = 0) -> None:
        self._drawn = 0.0  # drawn at once, however short the one before was
        super().enter(phase, of)

    def show_phase(self) -> None:
        self.show()

    def say(self, text: str) -> None:
        self._bar.clear()
        self._stream.line(printable(text))
        self._draw()

    def close(self) -> None:
        self._bar.delay = 0
        self._bar.close()

    def _draw(self) -> None:
        self._drawn = monotonic()
        done, total = (self.seen, self.of) if self.of else (self.done, self.total)
        self._bar.n, self._bar.total = done, max(done, total, 1)
        columns = (self._stream.columns or _COLUMNS) - 1  # the last makes some terminals wrap
        self._bar.ncols = columns
        layout = lay_out(self, columns)
        self._bar.bar_format = layout.format
        self._bar.refresh()


class Layout(NamedTuple):
    """The texts on both sides of a bar, and whether there is one."""

    left: str
    right: str
    bar: bool

    @property
    def format(self) -> str:
        """As tqdm's `bar_format` has it."""
        left, right = (text.replace("{", "{{").replace("}", "}}") for text in self[:2])
        between = " |{bar}| " if self.bar else " " if right else ""
        return f"{left}{between}{right}"


def lay_out(progress: Progress, columns: int) -> Layout:
    """What a line of a width says: as much as there is room for, the phase first.

    Args:
        progress: what is to be shown.
        columns: width of the line.
    """
    lefts, rights = list(_lefts(progress)), list(_rights(progress))
    pairs = sorted(product(lefts, rights), key=lambda pair: pair[0][0] + pair[1][0])
    texts = [(left, right) for (_, left), (_, right) in pairs]
    has_bar = bool(rights[0][1] or progress.of)
    needed = _SMALLEST_BAR + len(" || ") if has_bar else 0
    for left, right in texts:
        if disp_len(left) + disp_len(right) + needed <= columns:
            return Layout(left, right, has_bar)
    for left, right in texts:
        if disp_len(left) + 1 + disp_len(right) <= columns:
            return Layout(left, right, bar=False)
    return Layout(disp_trim(lefts[-1][1], columns), "", bar=False)


def _lefts(progress: Progress) -> Iterator[tuple[int, str]]:
    """The phase in words, each with a number for what it leaves out."""
    phase = progress.phase
    if phase is None:
        yield 0, ""
        return
    steps = steps_text(progress, phase)
    for lost, place in ((0, f" ({phase.place})"), (3, "")) if phase.place else ((0, ""),):
        for cut, length in enumerate(_NAME_LENGTHS):
            yield lost + cut, printable(phase.text(length)) + place + steps
    yield 6, printable(phase.text(0)).split(" ")[0] + steps


def _rights(progress: Progress) -> Iterator[tuple[int, str]]:
    """Frames, rate and time left, each with a number for what it leaves out."""
    before_frames = (Stage.LOOKING, Stage.LOADING, Stage.TRYING)
    if progress.of or (progress.phase and progress.phase.stage in before_frames):
        yield 0, ""  # nothing, or a bar of the phase's own steps
        return
    rate, left = progress.rate, progress.seconds_left
    total = max(progress.total, progress.done)
    count = f"{progress.done:,}/{total:,}"
    share = f"{progress.done / max(total, 1):.0%}".replace("%", " %")
    until = "" if left is None else f", {_short(left)} left"
    yield 0, f"{count} frames" + (f", {rate:.1f} a second" if rate else "") + until
    yield 1, count + (f", {rate:.1f}/s" if rate else "") + until
    yield 3, share + until
    yield 7, share


def _short(seconds: float) -> str:
    return format_duration(seconds) if seconds >= 60 else f"{seconds:.0f} s"
