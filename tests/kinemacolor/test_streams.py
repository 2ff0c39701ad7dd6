"""Signals, and readers that leave: what the command does where its surroundings interfere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from kinemacolor.cli.signals import stop_on_signals
from kinemacolor.engine.jobs.execution.executor_protocol import Stop
from tests.engine.fakes import still, tree, write_zip
from tests.engine.media.video.films import make_film
from tests.kinemacolor.program import LIMIT, ROOT, command, lines, wait_for


@contextmanager
def started(*words: object, **options: object):
    """The command under way; killed where a test leaves it behind."""
    process = subprocess.Popen(command(*words), cwd=ROOT, text=True, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=LIMIT)


class TestPipes:
    @pytest.mark.parametrize("words", [["--dry-run"], ["--json"]])
    def test_a_reader_that_leaves(self, tmp_path, words):
        box = tmp_path / "box"
        box.mkdir()
        for index in range(30):
            (box / f"{index}.png").write_bytes(still(index))
        reading, writing = os.pipe()
        with started(
            "colorize",
            box,
            "-o",
            tmp_path / "out",
            *words,
            stdout=writing,
            stderr=subprocess.PIPE,
        ) as process:
            os.close(writing)
            os.close(reading)
            errors = process.communicate(timeout=LIMIT)[1]
        assert errors == "" and process.returncode == 0
        assert len(tree(tmp_path / "out")) == (30 if words == ["--json"] else 0)

    @pytest.mark.parametrize("words", [["--help"], ["--version"]])
    def test_no_reader_at_all(self, words):
        reading, writing = os.pipe()
        os.close(reading)
        with started(*words, stdout=writing, stderr=subprocess.PIPE) as process:
            os.close(writing)
            assert process.communicate(timeout=LIMIT)[1] == ""


class TestSignals:
    @pytest.fixture
    def box(self, tmp_path) -> Path:
        box = tmp_path / "box"
        box.mkdir()
        (box / "a.png").write_bytes(still())
        make_film(box / "reel.mkv")
        return box

    def check(self, out: Path, summary: dict) -> None:
        """A still was done, and of a film nothing."""
        assert set(tree(out)) == {"a.png"}  # hidden files would be seen, too
        assert (summary["stopped"], summary["unreached"]) == ("Stopped", 1)
        assert summary["done"] == {"still": 1}  # what an unfinished archive held is not done

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_all_but_ctrl_c_stop_at_once(self, box, tmp_path, number):
        waiting = tmp_path / "waiting"
        with started(
            "colorize",
            box,
            "-o",
            tmp_path / "out",
            "--json",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "WAIT": str(waiting)},
        ) as process:
            wait_for(process, waiting.exists)
            process.send_signal(number)
            out, errors = process.communicate(timeout=LIMIT)
        assert process.returncode == 130 and errors == ""
        self.check(tmp_path / "out", lines(out)[-1])

    def test_under_nohup_a_terminal_that_closes_stops_nothing(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with stop_on_signals(Stop(), None):
                signal.raise_signal(signal.SIGHUP)
                assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        finally:
            signal.signal(signal.SIGHUP, before)

    def test_the_first_ctrl_c_waits_and_the_second_stops(self, box, tmp_path):
        film = (box / "reel.mkv").read_bytes()
        (box / "reel.mkv").unlink()
        write_zip(box / "films.zip", {"b.png": still(), "reel.mkv": film})
        waiting, report, said = tmp_path / "waiting", tmp_path / "r.json", tmp_path / "stderr"
        with (
            said.open("w") as stderr,
            started(
                "colorize",
                box,
                "-o",
                tmp_path / "out",
                "--report",
                report,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={**os.environ, "WAIT": str(waiting)},
            ) as process,
        ):
            wait_for(process, waiting.exists)
            process.send_signal(signal.SIGINT)
            wait_for(process, lambda: "Ctrl-C again stops at once" in said.read_text())
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=LIMIT)[0] == ""
        assert process.returncode == 130
        assert "Stopped: 1 of 2 files not done" in said.read_text()
        self.check(tmp_path / "out", json.loads(report.read_text())[-1])
