"""What the command says first, and what it refuses, before it loads or reads anything large."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kinemacolor.models.facts import FACTS
from tests.engine.fakes import still
from tests.kinemacolor.program import LIMIT, ROOT, lines, run

# Prints what is loaded when the command writes its first line or ends.
PROGRAM = """
import sys
from kinemacolor.cli import console, main
LARGE = {"torch", "ray", "av", "cv2", "numpy", "tqdm", "rich"}
write = console.Pipe.line
def line(self, text):
    console.Pipe.line = write
    write(self, text)
    print(sorted(LARGE & set(sys.modules)), file=sys.__stdout__, flush=True)
    sys.exit(77)
console.Pipe.line = line
main.main()
"""


@pytest.fixture
def picture(tmp_path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(still())
    return path


def first(*words: object) -> tuple[list[str], list[str]]:
    """Lines on stdout and stderr of a command that ends after its first line."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=LIMIT,
    )
    return result.stdout.splitlines(), result.stderr.splitlines()


class TestTheFirstLine:
    @pytest.mark.parametrize("words", [["colorize", "-o", "out"], ["plan"]])
    def test_comes_before_anything_large_is_loaded(self, picture, words):
        loaded, [line] = first(*words, picture)
        assert loaded == ["[]"] and line.startswith("Working on the ")
        loaded, said = first(*words, picture, "--device", "cpu")
        assert loaded == ["[]"] and said == ["Working on the processor."]

    def test_for_machines(self, picture):
        out, said = first("colorize", picture, "-o", "out", "--device", "cpu", "--json")
        assert out[1:] == ["[]"] and not said
        event = {"event": "begun", "device": "cpu", "gpu": "", "text": "Working on the processor."}
        assert json.loads(out[0]) == event

    def test_is_not_for_a_quiet_or_a_dry_run(self, picture, tmp_path):
        assert run("colorize", picture, "-o", tmp_path / "out", "-q").stderr == ""
        assert run("colorize", picture, "-o", tmp_path / "o2", "--dry-run").stderr == ""


class TestRefusals:
    @pytest.mark.parametrize("command", [["colorize", "-o", "out"], ["plan"]])
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--model", "kmhcnet6"], "did you mean kmhcnet_6 or "),
            (["--model", "kmhcnet_6"], "no weights come with this network; train it first"),
            (["--model", "absent.safetensors"], "absent.safetensors: there is no such file"),
            (["--model", "absent"], "absent: is neither a network nor a weights file"),
            (
                ["--model", "README.md"],
                "README.md: is not a weights file, but a text; give a .safetensors",
            ),
            (["--model", "docs"], "docs: is a folder; give a weights file in it"),
            (["--device", "abacus"], "--device"),
            (["--device", "cuda:77"], "--device cuda:77: this machine has no such CUDA device"),
        ],
    )
    def test_before_anything_large_is_loaded(self, picture, command, words, said):
        loaded, [line] = first(*command, picture, *words)
        assert loaded == ["[]"] and said in line and len(line) < 200

    @pytest.mark.parametrize(("option", "value"), [("--model", "absent"), ("--device", "abacus")])
    def test_of_a_dry_run(self, picture, tmp_path, option, value):
        result = run("colorize", picture, "-o", tmp_path / "out", "--dry-run", option, value)
        assert result.returncode == 2 and value in result.stderr and not result.stdout

    def test_of_what_is_not_there_among_others(self, picture, tmp_path):
        absent = tmp_path / "absent.mkv"
        result = run("colorize", picture, absent, "-o", tmp_path / "out")
        assert (
            f"{absent}: there is no such file or folder; the rest is done"
            == (result.stderr.splitlines()[1])
        )
        assert result.returncode == 1 and "Failed: 1" in result.stderr


class TestUsage:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (
                ["colorize", "a.mkv"],
                "kinemacolor colorize: Missing option '--out'; see kinemacolor colorize --help",
            ),
            (
                ["status"],
                "kinemacolor status: Missing argument 'FOLDER'; see kinemacolor status --help",
            ),
            (
                ["colorise"],
                "kinemacolor: No such command 'colorise'. Did you mean 'colorize'? "
                "See kinemacolor --help",
            ),
            (
                ["plan", "a.mkv", "--outt", "x"],
                "kinemacolor plan: No such option: --outt. Did you mean --out? "
                "See kinemacolor plan --help",
            ),
            (
                ["colorize", "a.mkv", "--shade", "x"],
                "kinemacolor colorize: No such option: --shade; see kinemacolor colorize --help",
            ),
            (
                ["train", "kinema", "--out", "x", "--batch", "0"],
                "kinemacolor train: Invalid value for '--batch': it should be greater than or "
                "equal to 1; see kinemacolor train --help",
            ),
        ],
    )
    def test_one_line(self, words, said):
        result = run(*words)
        assert (result.returncode, result.stderr) == (2, said + "\n")

    def test_for_machines(self, picture):
        result = run("colorize", picture, "--json")
        assert result.returncode == 2 and len(result.stderr.splitlines()) == 1
        assert lines(result.stdout) == [
            {
                "event": "error",
                "subject": "kinemacolor colorize",
                "problem": "Missing option '--out'",
                "remedy": "see kinemacolor colorize --help",
            }
        ]

    def test_other_errors_for_machines(self, picture, tmp_path):
        result = run("resume", tmp_path, "--json")
        [error] = lines(result.stdout)
        assert result.returncode == 1 and error["event"] == "error"
        assert error["subject"] == str(tmp_path)
        assert error["problem"].startswith("has no records of a job")
        said = f"kinemacolor: {tmp_path}: {error['problem']}; {error['remedy']}\n"
        assert result.stderr == said


class TestModels:
    def test_the_table_fits_a_terminal_and_needs_no_torch(self, tmp_path):
        (tmp_path / "speeds.json").write_text('{"kinema": 6.91}')
        environment = {**os.environ, "KINEMACOLOR_CACHE": str(tmp_path), "PLAIN": "1"}
        result = run("models", env=environment)
        assert result.returncode == 0 and "Traceback" not in result.stderr
        head, *rows = result.stdout.splitlines()
        assert head.split() == ["name", "weights", "work", "fps", "here", "good", "for"]
        assert max(map(len, (head, *rows, *result.stderr.splitlines()))) <= 80
        assert [row.split()[0] for row in rows] == list(FACTS)
        assert rows[0].split()[:4] == ["kinema", "included", "1.0", "6.9"]
        assert rows[6].split()[:4] == ["kmhcnet_2", "none", "18.9", "-"]
        assert all(row.endswith(FACTS[row.split()[0]].good_for) for row in rows)
