"""The count of frames, and how it is shown."""

from __future__ import annotations

import io

import pytest

from kinemacolor.cli.console import Pipe, printable
from kinemacolor.cli.progress import Bar
from kinemacolor.engine.jobs.formatting import format_duration
from kinemacolor.engine.jobs.reporting.progress import Lines, Progress, logged


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


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

    def test_bar(self):
        stream = Terminal()
        bar = Bar(100, Pipe(stream))
        bar.about("a/very/long/path/that/would/fill/the/line/reel.mkv")
        for _ in range(100):
            bar.advance()
        bar.expect(100)
        bar._bar.refresh()
        assert "100/200" in stream.getvalue() and "reel.mkv" in stream.getvalue()
        bar.close()

    def test_lines(self):
        events: list[dict] = []
        lines = Lines(10, events.append, pause=0)
        for _ in range(5):
            lines.advance()
        assert [event["frames"] for event in events] == [1, 2, 3, 4, 5]
        assert all(event["of"] == 10 and event["seconds_left"] >= 0 for event in events)
        assert logged(events[-1]).startswith("5 of 10 frames, ")
        quiet = Lines(10, events.append, pause=3600)
        quiet.advance()
        assert len(events) == 5

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [(0.04, "0.0 s"), (59, "59.0 s"), (61, "1 min 1 s"), (7260, "2 h 1 min")],
    )
    def test_clock(self, seconds, text):
        assert format_duration(seconds) == text


def test_printable():
    assert printable("plain ä 写真") == "plain ä 写真"
    assert printable("a\nb\x1b[0m\udcff") == r"a\nb\x1b[0m\udcff"
