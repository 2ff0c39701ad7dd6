"""The count of frames and the phases of a job, and how they are shown."""

from __future__ import annotations

import io

import pytest

from kinemacolor.cli.console import Pipe
from kinemacolor.cli.progress import Bar, lay_out
from kinemacolor.engine.jobs.formatting import format_duration, printable
from kinemacolor.engine.jobs.reporting import progress as module
from kinemacolor.engine.jobs.reporting.phases import Phase, Stage
from kinemacolor.engine.jobs.reporting.progress import Lines, Progress, logged
from kinemacolor.engine.media.kinds import Kind

LONG = "a very long name of a reel that fills the line 写真 {0}.mkv"
READING = Phase(Stage.READING, LONG, Kind.FILM, 2, 3)
COLORING = Phase(Stage.COLORING, LONG, Kind.FILM, 2, 3)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that stands until it is put forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module.time, "monotonic", clock)
    return clock


class TestProgress:
    def test_the_total_follows_the_truth(self):
        progress = Progress(30)
        with progress.share(10):
            for _ in range(12):
                progress.advance()
        assert (progress.done, progress.total) == (12, 32)
        with pytest.raises(OSError), progress.share(20):
            progress.advance()
            raise OSError
        assert progress.done == progress.total == 13

    def test_shares_within_shares(self):
        progress = Progress(2)
        with progress.share(2):
            progress.advance()
            progress.expect(50)
            with progress.share(50):
                for _ in range(40):
                    progress.advance()
            assert progress.total == 42
            progress.advance()
        assert progress.done == progress.total == 42

    def test_the_rate_counts_from_the_first_frame(self, clock):
        progress = Progress(101)
        clock.now += 60  # of loading and reading
        progress.advance()
        assert progress.rate is None and progress.seconds_left is None
        clock.now += 5
        progress.advance(50)
        assert progress.rate == 10 and progress.seconds_left == 5
        progress.advance(-51)
        assert progress.rate is None

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [(0.04, "0.0 s"), (59, "59.0 s"), (61, "1 min 1 s"), (7260, "2 h 1 min")],
    )
    def test_clock(self, seconds, text):
        assert format_duration(seconds) == text


class TestLines:
    @pytest.fixture
    def events(self) -> list[dict]:
        return []

    def lines(self, events: list[dict], clock: Clock, pause: float = 2) -> Lines:
        return Lines(0, events.append, pause, clock)

    def test_frames(self, events, clock):
        lines = self.lines(events, clock)
        lines.expect(10)
        for _ in range(6):
            clock.now += 1
            lines.advance()
        assert [event["frames"] for event in events] == [2, 4, 6]
        assert [event["fps"] for event in events] == [1, 1, 1]
        assert events[-1] == {**events[-1], "event": "progress", "of": 10, "seconds_left": 4}
        assert logged(events[-1]) == "6 of 10 frames, 1.0 a second, 4.0 s left"

    def test_the_first_frame_has_no_rate(self, events, clock):
        lines = self.lines(events, clock)
        clock.now += 60
        lines.expect(10)
        assert not events
        lines.advance()
        assert events == [{"event": "progress", "frames": 1, "of": 10, "fps": None}]
        assert logged(events[0]) == "1 of 10 frames"

    def test_phases(self, events, clock):
        lines = self.lines(events, clock)
        lines.enter(Phase(Stage.LOADING))
        lines.enter(Phase(Stage.READING, "reel.mkv", Kind.FILM, 2, 3), 100)
        lines.step()
        clock.now += 2
        lines.step(40)
        lines.enter(Phase(Stage.COLORING, "reel.mkv", Kind.FILM, 2, 3))
        lines.enter(Phase(Stage.COLORING, "reel.mkv", Kind.FILM, 2, 3))  # its next segment
        assert [logged(event) for event in events] == [
            "Loading the network",
            "Reading reel.mkv for shots (film 2 of 3)",
            "Reading reel.mkv for shots (film 2 of 3) 40 %",
            "Colouring reel.mkv (film 2 of 3)",
        ]
        assert events[2] == {
            "event": "phase",
            "phase": "reading",
            "name": "reel.mkv",
            "number": 2,
            "count": 3,
            "seen": 40,
            "of": 100,
            "text": "reading reel.mkv for shots (film 2 of 3) 40 %",
        }

    def test_a_short_look_at_the_sources_is_not_told(self, events, clock):
        lines = self.lines(events, clock)
        lines.enter(Phase(Stage.LOOKING))
        lines.step(300, 0)
        assert not events
        clock.now += 1.5
        lines.step(12_000, 0)
        clock.now += 2
        lines.step(5, 12_000)
        assert [event["text"] for event in events] == [
            "looking at the sources: 12,000 files",
            "looking at the sources: 5 of 12,000 files",
        ]

    def test_stills_of_a_batch_are_one_phase(self, events, clock):
        lines = self.lines(events, clock)
        lines.enter(Phase(Stage.COLORING))
        for name in ("a.png", "b.png"):
            lines.about(name)
            lines.advance()
        assert [event["text"] for event in events] == ["colouring stills"]
        assert lines.phase.name == "b.png"


class TestBar:
    @pytest.mark.parametrize("columns", [12, 20, 40, 79, 80, 120, 200, 0])
    def test_it_never_wraps(self, columns, monkeypatch):
        monkeypatch.setattr(Pipe, "columns", columns)
        stream = Terminal()
        bar = Bar(0, Pipe(stream))
        for phase, of in ((Phase(Stage.LOOKING), 0), (Phase(Stage.LOADING), 0), (READING, 521)):
            bar.enter(phase, of)
            bar.step(300)
            bar._draw()
        bar.expect(521)
        bar.enter(COLORING)
        for _ in range(200):
            bar.advance()
        bar._draw()
        bar.close()
        drawn = [line for line in stream.getvalue().split("\r") if line.strip()]
        assert max(map(width, stream.getvalue().split("\r"))) < (columns or 80)
        assert all(any(line.startswith(word[: columns or 80]) for line in drawn)
                   for word in ("looking", "loading", "reading", "colouring"))  # fmt: skip
        assert stream.getvalue().endswith("\r") and "\n" not in stream.getvalue()

    @pytest.mark.parametrize(
        ("columns", "left", "right"),
        [
            (200, "film 2 of 3", "200/521 frames, 10.0 a second, 32 s left"),
            (80, "film 2 of 3", "200/521, 10.0/s, 32 s left"),
            (40, "colouring", "38 %, 32 s left"),
            (20, "colouring", "38 %"),
        ],
    )
    def test_what_there_is_room_for(self, columns, left, right, clock):
        progress = Progress(521)
        progress.enter(Phase(Stage.COLORING, "reel.mkv", Kind.FILM, 2, 3))
        progress.advance()
        clock.now += 19.9
        progress.advance(199)
        layout = lay_out(progress, columns)
        assert left in layout.left and layout.right == right

    def test_reading_has_a_bar_of_its_own(self):
        progress = Progress(521)
        progress.enter(Phase(Stage.READING, "reel.mkv", Kind.FILM), 200)
        for _ in range(80):
            progress.step()
        assert lay_out(progress, 60) == ("reading reel.mkv for shots 40 %", "", True)

    def test_words_beside_it_have_a_line_of_their_own(self):
        stream = Terminal()
        bar = Bar(10, Pipe(stream))
        bar.enter(Phase(Stage.LOADING))
        bar.say("Stopping")
        bar.close()
        assert "\rStopping\n\rloading the network" in stream.getvalue()

    def test_names_do_not_control_the_terminal(self):
        stream = Terminal()
        bar = Bar(10, Pipe(stream))
        bar.enter(Phase(Stage.COLORING, "red\x1b[31m.mkv", Kind.FILM))
        bar.close()
        assert "\x1b" not in stream.getvalue() and r"red\x1b[31m.mkv" in stream.getvalue()


def width(line: str) -> int:
    """Cells that a line takes: signs of East Asia take two."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else 1 for char in line)


def test_printable():
    assert printable("plain ä 写真") == "plain ä 写真"
    assert printable("a\nb\x1b[0m\udcff") == r"a\nb\x1b[0m\udcff"
