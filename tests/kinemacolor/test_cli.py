"""The command as users meet it: in a process of its own, with a worker that has no network."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engine.fakes import FRAMES, break_member, is_red, still, tree, write_zip
from tests.engine.media.video.films import make_film

ROOT = Path(__file__).parents[2]

# Stands in for the module that loads torch; where it is told to, it waits inside its first film.
PROGRAM = """
import os, sys, time
import tests.engine.fakes as fakes
class Worker(fakes.FakeWorker):
    def __init__(self, settings):
        super().__init__()
        if settings.model != "kinema":
            from kinemacolor.models.errors import SettingsError
            raise SettingsError("--model", f"{settings.model} is unknown")
    def film(self, source, target, on_frame):
        if "WAIT" in os.environ:
            print("waiting", file=sys.stderr, flush=True)
            time.sleep(60)
        return super().film(source, target, on_frame)
fakes.without_torch(Worker)
from kinemacolor.cli.main import main
try:
    main()
finally:
    if "PLAIN" in os.environ:
        assert "torch" not in sys.modules, "torch was loaded"
"""


def command(*words: object) -> list[str]:
    return [sys.executable, "-c", PROGRAM, "colorize", *map(str, words)]


def run(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words), capture_output=True, text=True, cwd=ROOT, check=False, **options
    )


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def box(tmp_path) -> Path:
    box = tmp_path / "box"
    box.mkdir()
    (box / "a.png").write_bytes(still(1))
    (box / "notes.txt").write_text("words")
    write_zip(box / "more.zip", {"x.png": still(7), "y.png": still(8)})
    return box


@pytest.fixture
def film_box(box) -> Path:
    """With a film: its libraries take their time to load."""
    make_film(box / "reel.mkv")
    return box


class TestColorize:
    def test_all_well(self, film_box, tmp_path):
        box = film_box
        result = run(box, "-o", tmp_path / "out")
        assert result.returncode == 0 and result.stdout == ""
        assert set(tree(tmp_path / "out")) == set(tree(box))
        assert "Done: 1 film, 3 stills, 1 archive" in result.stderr
        assert "Carried over unchanged: 1" in result.stderr and "notes.txt" in result.stderr

    def test_again_skips(self, box, tmp_path):
        run(box, "-o", tmp_path / "out")
        result = run(box, "-o", tmp_path / "out")
        assert result.returncode == 0 and "Skipped: 3" in result.stderr
        result = run(box, "-o", tmp_path / "out", "--overwrite")
        assert "Skipped" not in result.stderr and "3 stills" in result.stderr

    def test_something_failed(self, box, tmp_path):
        break_member(box / "more.zip", "x.png")
        result = run(box, tmp_path / "none.mp4", "-o", tmp_path / "out")
        assert result.returncode == 1
        assert "Failed: 2" in result.stderr and "Traceback" not in result.stderr
        assert f"{tmp_path / 'none.mp4'}: there is no such file or folder" in result.stderr
        assert f"{box / 'more.zip'}: x.png: is damaged" in result.stderr

    def test_quiet(self, box, tmp_path):
        assert run(box, "-o", tmp_path / "out", "--quiet").stderr == ""
        (box / "b.png").write_bytes(b"")
        result = run(box, "-o", tmp_path / "out", "-q")
        assert result.returncode == 1 and result.stderr.startswith(f"{box / 'b.png'}: ")
        assert len(result.stderr.splitlines()) == 1

    def test_json(self, film_box, tmp_path):
        box = film_box
        result = run(box, "-o", tmp_path / "out", "--json", "--report", tmp_path / "r.json")
        events = lines(result.stdout)
        assert result.returncode == 0 and result.stderr == ""
        assert events[0]["event"] == "planned" and events[0]["frames"] == FRAMES + 3
        assert events[0]["kinds"] == {"film": 1, "still": 1, "archive": 1, "other": 1}
        assert events[0]["settings"]["model"] == "kinema"
        assert events[-1] == {**events[-1], "event": "summary", "failed": {}, "frames": FRAMES + 3}
        begun = [e["asset"] for e in events if e["event"] == "started" and "member" not in e]
        ended = [e["asset"] for e in events if e["event"] == "done" and "member" not in e]
        assert (
            sorted(begun)
            == sorted(ended)
            == sorted(str(box / name) for name in ("a.png", "more.zip", "reel.mkv"))
        )
        recorded = json.loads((tmp_path / "r.json").read_text())
        assert recorded == [e for e in events if e["event"] != "progress"]

    def test_dry_run(self, film_box, tmp_path):
        box, before = film_box, tree(tmp_path)
        result = run(box, "-o", tmp_path / "out", "--dry-run")
        assert result.returncode == 0 and tree(tmp_path) == before
        assert not (tmp_path / "out").exists()
        assert "2 stills" in result.stdout and f"{FRAMES + 3} frames to colour" in result.stdout
        assert len(result.stdout.splitlines()) == 6

    def test_dry_run_for_machines(self, box, tmp_path):
        events = lines(run(box, "-o", tmp_path / "out", "--dry-run", "--json").stdout)
        assert [e["event"] for e in events] == ["planned"] + ["asset"] * 3

    def test_dry_run_does_not_load_torch(self, film_box, tmp_path):
        options = ["-o", tmp_path / "out", "--dry-run"]
        result = run(film_box, *options, env={**os.environ, "PLAIN": "1"})
        assert result.returncode == 0 and result.stderr == ""

    def test_dry_run_tells_of_trouble(self, box, tmp_path):
        (box / "bad.zip").write_bytes(b"")
        result = run(box, "-o", tmp_path / "out", "--dry-run")
        assert result.returncode == 1 and "FAILS" in result.stdout

    @pytest.mark.parametrize(
        "words",
        [
            ["--working-size", "100"],
            ["--codec", "cinepak"],
            ["--container", "avi"],
            ["--smoothing-strength", "7"],
            ["--device", "abacus"],
            ["--no-such-option"],
            ["--model", "unknown"],
        ],
    )
    def test_wrong_usage(self, box, tmp_path, words):
        result = run(box, "-o", tmp_path / "out", *words)
        assert result.returncode == 2 and "Traceback" not in result.stderr
        assert words[-1].lstrip("-") in result.stderr and not (tmp_path / "out").exists()

    def test_no_out(self, box):
        assert run(box).returncode == 2

    def test_into_its_own_source(self, box):
        before = tree(box)
        result = run(box, "-o", box / "coloured")
        assert result.returncode == 2 and len(result.stderr.splitlines()) == 1
        assert tree(box) == before

    def test_no_permission(self, box, tmp_path):
        locked = tmp_path / "locked"
        locked.mkdir()
        locked.chmod(0o500)
        if os.access(locked, os.W_OK):
            pytest.skip("this user may write anywhere")
        result = run(box, "-o", locked / "out")
        assert result.returncode == 1 and "no permission" in result.stderr
        assert len(result.stderr.splitlines()) == 1

    def test_report_that_cannot_be_written(self, box, tmp_path):
        (tmp_path / "file").write_text("")
        result = run(box, "-o", tmp_path / "out", "--report", tmp_path / "file/r.json")
        assert result.returncode == 1 and "the report cannot be written" in result.stderr
        assert is_red((tmp_path / "out/a.png").read_bytes())

    def test_names_do_not_control_the_terminal(self, tmp_path):
        name = b"red\x1b[31m\xff.txt"
        (tmp_path / "in").mkdir()
        (tmp_path / "in/a.png").write_bytes(still())
        Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/" + name)).write_text("words")
        result = run(tmp_path / "in", "-o", tmp_path / "out")
        assert result.returncode == 0
        assert "\x1b[31m" not in result.stderr and r"red\x1b[31m\udcff.txt" in result.stderr
        assert run(tmp_path / "in", "-o", tmp_path / "o2", "--json", "--dry-run").returncode == 0


class TestStreams:
    @pytest.mark.parametrize("words", [["--dry-run"], ["--json"]])
    def test_a_reader_that_leaves(self, tmp_path, words):
        box = tmp_path / "box"
        box.mkdir()
        for index in range(30):
            (box / f"{index}.png").write_bytes(still(index))
        reading, writing = os.pipe()
        process = subprocess.Popen(
            command(box, "-o", tmp_path / "out", *words),
            stdout=writing,
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(writing)
        os.close(reading)
        _, errors = process.communicate(timeout=60)
        assert errors == "" and process.returncode == 0
        assert len(tree(tmp_path / "out")) == (30 if words == ["--json"] else 0)

    @pytest.mark.parametrize(
        ("number", "inside"), [(signal.SIGINT, "archive"), (signal.SIGTERM, "folder")]
    )
    def test_stopped(self, tmp_path, number, inside):
        box = tmp_path / "box"
        box.mkdir()
        (box / "a.png").write_bytes(still())
        make_film(box / "reel.mkv")
        if inside == "archive":
            film = (box / "reel.mkv").read_bytes()
            (box / "reel.mkv").unlink()
            write_zip(box / "films.zip", {"b.png": still(), "reel.mkv": film})
        process = subprocess.Popen(
            command(box, "-o", tmp_path / "out", "--json"),
            text=True,
            cwd=ROOT,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "WAIT": "1"},
        )
        assert process.stderr.readline() == "waiting\n"
        process.send_signal(number)
        if number == signal.SIGINT:  # the first Ctrl-C lets the film come to its end
            time.sleep(0.5)
            process.send_signal(number)
        out, errors = process.communicate(timeout=30)
        assert process.returncode == 130 and errors == ""
        assert set(tree(tmp_path / "out")) == {"a.png"}  # hidden files would be seen, too
        last = lines(out)[-1]
        assert (last["stopped"], last["unreached"]) == ("Stopped", 1)
        assert last["done"] == {"still": 1}  # what an unfinished archive held is not done

    def test_help_is_quick_to_load(self):
        code = (
            "import sys; import kinemacolor.cli.main;"
            "print([name for name in ('torch', 'av', 'cv2') if name in sys.modules])"
        )
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
        )
        assert result.stdout.strip() == "[]"

    def test_every_option_has_help(self):
        result = run("--help")
        assert result.returncode == 0
        for option in (
            "model",
            "working-size",
            "device",
            "smoothing-window",
            "smoothing-strength",
            "saturation",
            "codec",
            "quality",
            "preset",
            "container",
            "overwrite",
            "dry-run",
            "salvage",
            "quiet",
            "json",
            "report",
        ):
            assert f"--{option} " in result.stdout
