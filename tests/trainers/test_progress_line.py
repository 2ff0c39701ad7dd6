"""Progress stands right in terminals of any width, without a size, and in pipes."""

import fcntl
import io
import os
import pty
import struct
import termios

import pytest

from kinemacolor.trainers import progress_line
from kinemacolor.trainers.progress_line import ProgressLine, lay_out

NOTES = ("3 h 12 min left", "loss 3.21", "4.1 photos/s")


@pytest.fixture
def clock(monkeypatch):
    """Seconds that the test sets."""
    now = [1000.0]
    monkeypatch.setattr(progress_line.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def terminal(clock):
    """A pseudo-terminal: makes a stream of a width, 0 for none, and reads what it shows."""
    master, slave = pty.openpty()
    stream = os.fdopen(slave, "w", encoding="utf-8")

    def open_terminal(columns):
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        return stream

    def read():
        stream.write("$")
        stream.flush()
        shown = b""
        while not shown.endswith(b"$"):
            shown += os.read(master, 65536)
        return shown.decode().removesuffix("$")

    yield open_terminal, read
    stream.close()
    os.close(master)


class TestLayout:
    @pytest.mark.parametrize("columns", range(130))
    def test_it_fits(self, columns):
        assert len(lay_out("training", 1234, 8000, NOTES, columns)) <= columns

    def test_notes_are_left_out_from_the_end(self):
        shown = [lay_out("training", 1234, 8000, NOTES, columns) for columns in (79, 66, 52, 40)]
        assert [sum(note in line for note in NOTES) for line in shown] == [3, 2, 1, 0]
        assert all("1,234/8,000" in line and "|" in line for line in shown)

    def test_a_bar_needs_room_and_no_unicode(self):
        assert lay_out("training", 1, 2, (), 20) == "training 1/2"
        assert lay_out("training", 1, 2, (), 11) == "1/2"
        assert lay_out("training", 1234, 8000, (), 8) == "15 %"
        assert lay_out("training", 1, 2, (), 25, plain=True) == "training |#####     | 1/2"


class TestTerminal:
    @pytest.mark.parametrize(("columns", "width"), [(60, 59), (200, 199), (0, 79)])
    def test_it_fills_the_line(self, terminal, columns, width):
        open_terminal, read = terminal
        ProgressLine("reading", 100, open_terminal(columns)).show(50)
        line = read().split("\r")[-1]
        assert len(line) == width and line.startswith("reading |") and line.endswith(" 50/100")

    def test_a_shorter_line_leaves_nothing_behind_and_the_end_clears(self, terminal, clock):
        open_terminal, read = terminal
        with ProgressLine("reading", 900, open_terminal(10)) as line:
            line.show(100)
            clock[0] += 1
            line.show(9)
        assert read() == "\r100/900" + "\r9/900  " + "\r     \r"

    def test_lines_of_their_own_stand_above(self, terminal):
        open_terminal, read = terminal
        line = ProgressLine("reading", 2, open_terminal(40))
        line.show(1)
        line.say("told")
        shown = read()
        assert shown.replace("\r\n", "\n").endswith("\r" + " " * 39 + "\r" + "told\n")

    def test_it_is_not_drawn_too_often(self, terminal, clock):
        open_terminal, read = terminal
        line = ProgressLine("reading", 9, open_terminal(40))
        for done in range(5):
            line.show(done)
        clock[0] += 0.2
        line.show(7)
        assert read().count("\r") == 2


class TestLog:
    def test_plain_lines_at_once_then_more_and_more_rarely(self, clock):
        log = io.StringIO()
        with ProgressLine("training", 500, log) as line:
            for step in range(1, 101):
                line.show(step, "loss 2.1")
                clock[0] += 1
        assert log.getvalue().splitlines() == [
            f"training: {step} of 500, loss 2.1" for step in (1, 3, 7, 15, 31, 61, 91)
        ]

    def test_a_reader_who_leaves_does_not_stop_the_work(self):
        log = io.StringIO()
        log.close()
        log.isatty = lambda: False
        ProgressLine("training", 500, log).show(1)
