"""`kinemacolor colorize` as users meet it: in a process of its own."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.engine.fakes import FRAMES, break_member, still, tree, write_zip
from tests.engine.media.video.films import make_film
from tests.kinemacolor.program import lines, run


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
        result = run("colorize", box, "-o", tmp_path / "out")
        assert result.returncode == 0 and result.stdout == ""
        assert set(tree(tmp_path / "out")) == set(tree(box))
        assert "Done: 1 film, 3 stills, 1 archive" in result.stderr
        assert "Carried over unchanged: 1" in result.stderr and "notes.txt" in result.stderr

    def test_again_skips(self, box, tmp_path):
        run("colorize", box, "-o", tmp_path / "out")
        result = run("colorize", box, "-o", tmp_path / "out")
        assert result.returncode == 0 and "Skipped: 3" in result.stderr
        result = run("colorize", box, "-o", tmp_path / "out", "--overwrite")
        assert "Skipped" not in result.stderr and "3 stills" in result.stderr

    def test_something_failed(self, box, tmp_path):
        break_member(box / "more.zip", "x.png")
        result = run("colorize", box, tmp_path / "none.mp4", "-o", tmp_path / "out")
        assert result.returncode == 1
        assert "Failed: 2" in result.stderr and "Traceback" not in result.stderr
        assert f"{tmp_path / 'none.mp4'}: there is no such file or folder" in result.stderr
        assert f"{box / 'more.zip'}: x.png: is damaged" in result.stderr

    def test_quiet(self, box, tmp_path):
        assert run("colorize", box, "-o", tmp_path / "out", "--quiet").stderr == ""
        (box / "b.png").write_bytes(b"")
        result = run("colorize", box, "-o", tmp_path / "out", "-q")
        assert result.returncode == 1 and result.stderr.startswith(f"{box / 'b.png'}: ")
        assert len(result.stderr.splitlines()) == 1

    def test_json(self, film_box, tmp_path):
        box = film_box
        report = tmp_path / "r.json"
        result = run("colorize", box, "-o", tmp_path / "out", "--json", "--report", report)
        events = lines(result.stdout)
        assert result.returncode == 0 and result.stderr == ""
        assert events[0]["event"] == "begun" and events[0]["text"].startswith("Working on ")
        [planned] = [e for e in events if e["event"] == "planned"]
        assert planned["frames"] == FRAMES + 3
        assert planned["kinds"] == {"film": 1, "still": 1, "archive": 1, "other": 1}
        assert planned["settings"]["model"] == "kinema"
        phases = [
            e["phase"] for e in events if e["event"] == "phase" and e.get("name") == "reel.mkv"
        ]
        assert phases == ["reading", "matching", "coloring", "joining"]
        assert events[-1] == {**events[-1], "event": "summary", "failed": {}, "frames": FRAMES + 3}
        begun = [e["asset"] for e in events if e["event"] == "started" and "member" not in e]
        ended = [e["asset"] for e in events if e["event"] == "done" and "member" not in e]
        assert (
            sorted(begun)
            == sorted(ended)
            == sorted(str(box / name) for name in ("a.png", "more.zip", "reel.mkv"))
        )
        recorded = json.loads(report.read_text())
        passing = ("begun", "phase", "progress")
        assert recorded == [e for e in events if e["event"] not in passing]

    def test_dry_run(self, film_box, tmp_path):
        box, before = film_box, tree(tmp_path)
        result = run("colorize", box, "-o", tmp_path / "out", "--dry-run")
        assert result.returncode == 0 and tree(tmp_path) == before
        assert not (tmp_path / "out").exists()
        assert "2 stills" in result.stdout and f"{FRAMES + 3} frames to colour" in result.stdout
        plan, _, settings = result.stdout.partition("settings  all defaults\n")
        assert len(plan.splitlines()) == 6 and settings.startswith("defaults  model kinema, ")

    def test_dry_run_for_machines(self, box, tmp_path):
        events = lines(run("colorize", box, "-o", tmp_path / "out", "--dry-run", "--json").stdout)
        assert [e["event"] for e in events] == ["planned"] + ["asset"] * 3

    def test_dry_run_does_not_load_torch(self, film_box, tmp_path):
        options = ["-o", tmp_path / "out", "--dry-run"]
        result = run("colorize", film_box, *options, env={**os.environ, "PLAIN": "1"})
        assert result.returncode == 0 and result.stderr == ""

    def test_dry_run_tells_of_trouble(self, box, tmp_path):
        (box / "bad.zip").write_bytes(b"")
        result = run("colorize", box, "-o", tmp_path / "out", "--dry-run")
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
        result = run("colorize", box, "-o", tmp_path / "out", *words)
        assert result.returncode == 2 and "Traceback" not in result.stderr
        assert words[-1].lstrip("-") in result.stderr and not (tmp_path / "out").exists()

    def test_no_out(self, box):
        assert run("colorize", box).returncode == 2

    def test_into_its_own_source(self, box):
        before = tree(box)
        result = run("colorize", box, "-o", box / "coloured")
        first, *others = result.stderr.splitlines()
        assert result.returncode == 2 and first.startswith("Working on ") and len(others) == 1
        assert tree(box) == before

    def test_no_permission(self, box, tmp_path):
        locked = tmp_path / "locked"
        locked.mkdir()
        locked.chmod(0o500)
        if os.access(locked, os.W_OK):
            pytest.skip("this user may write anywhere")
        result = run("colorize", box, "-o", locked / "out")
        assert result.returncode == 1 and "no permission" in result.stderr.splitlines()[-1]
        assert "Done" not in result.stderr

    def test_report_that_cannot_be_written(self, box, tmp_path):
        (tmp_path / "file").write_text("")
        result = run("colorize", box, "-o", tmp_path / "out", "--report", tmp_path / "file/r.json")
        assert result.returncode == 2 and "which is no folder" in result.stderr
        assert not (tmp_path / "out").exists()  # told before the work

    def test_names_do_not_control_the_terminal(self, tmp_path):
        name = b"red\x1b[31m\xff.txt"
        (tmp_path / "in").mkdir()
        (tmp_path / "in/a.png").write_bytes(still())
        Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/" + name)).write_text("words")
        result = run("colorize", tmp_path / "in", "-o", tmp_path / "out")
        assert result.returncode == 0
        assert "\x1b[31m" not in result.stderr and r"red\x1b[31m\udcff.txt" in result.stderr
        assert (
            run(
                "colorize", tmp_path / "in", "-o", tmp_path / "o2", "--json", "--dry-run"
            ).returncode
            == 0
        )
