"""Empty names, devices, pipes and links on the command line: refused in one line, or written to."""

import json
import os
import subprocess
import threading

import pytest

from kinemacolor import SettingsError, colorize
from kinemacolor._preview import check_sheet_place
from tests.engine.fakes import still
from tests.kinemacolor.program import ROOT, command, run


@pytest.fixture
def box(tmp_path):
    (tmp_path / "box").mkdir()
    (tmp_path / "box/a.png").write_bytes(still())
    os.mkfifo(tmp_path / "pipe.png")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "dangling").symlink_to("nowhere")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["colorize", "", "-o", "out"],
        ["colorize", "box", "", "-o", "out"],
        ["colorize", "box", "-o", ""],
        ["colorize", "box", "--out="],
        ["colorize", "box", "-o", "-"],
        ["colorize", "box", "-o", "out", "--report", ""],
        ["colorize", "box", "-o", "out", "--model", ""],
        ["colorize", "box", "-o", "dangling"],
        ["colorize", "box", "-o", "/dev/null"],
        ["colorize", "box/a.png", "-o", "/dev/null"],
        ["colorize", "box/a.png", "-o", "pipe.png"],
        ["colorize", "box", "-o", "out", "--report", "box"],
        ["plan", "", "-o", "out"],
        ["preview", ""],
        ["status", ""],
        ["resume", ""],
        ["clean", ""],
        ["models", "--report", "box"],
        ["models", "--report", ""],
        ["evaluate", "--data", ""],
        ["train", "kinema", "--data", "box", "--out", ""],
        ["train", "kinema", "--data", "box", "--out", "dangling"],
        ["train", "kinema", "--data", "box", "--out", "pipe.png"],
    ],
)
def test_refused_in_one_line(box, words):
    before = sorted(map(str, box.rglob("*")))
    places = [str(box / word) if word and os.path.lexists(box / word) else word for word in words]
    done = run(*places, env={**os.environ, "PYTHONPATH": os.getcwd()})
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 2 and last.startswith("kinemacolor"), done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(map(str, box.rglob("*"))) == before


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["box/a.png", "-o", "file/x.png"], 1),
        (["box/a.png", "-o", "file/x/"], 1),
        (["box", "-o", "file/x/y"], 1),
        (["box", "-o", "out", "--report", "file/x.json"], 2),
    ],
)
def test_below_a_file_is_no_place(box, words, status):
    (box / "file").write_text("words")
    (box / "file").chmod(0o755)  # what may be run may not be entered
    command = [str(box / word) if word[0] != "-" else word for word in words]
    if words[2].endswith("/"):
        command[2] += "/"
    done = run("colorize", *command)
    last = done.stderr.splitlines()[-1]
    assert done.returncode == status, done.stderr
    assert f"lies below {box / 'file'}, which is no folder" in last and "record" not in last
    assert (box / "file").read_text() == "words" and not (box / "out").exists()


def test_a_report_goes_through_a_pipe(box):
    read = []
    thread = threading.Thread(target=lambda: read.append((box / "pipe.json").read_text()))
    thread.start()
    done = run("colorize", box / "box", "-o", box / "out", "--report", box / "pipe.json", "-q")
    thread.join()
    assert done.returncode == 0 and json.loads(read[0])[-1]["event"] == "summary"
    assert (box / "pipe.json").is_fifo()


@pytest.mark.parametrize("name", ["stdout", "fd/1"])
def test_a_report_goes_to_stdout(box, name):
    (box / "report.json").symlink_to(f"/dev/{name}")
    words = command("colorize", box / "box", "-o", box / "out", "--report", box / "report.json")
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[-1]["event"] == "summary"
    assert (box / "report.json").is_symlink()


@pytest.mark.parametrize("name", ["pipe.png", "link.png"])
def test_a_sheet_is_no_pipe_or_link(box, name):
    (box / "link.png").symlink_to("dangling")
    with pytest.raises(SettingsError, match=r"is a (pipe|link)"):
        check_sheet_place(box / name, [box / "box"])


def test_the_api_refuses_an_empty_path(box):
    for sources, out in (("", "out"), ([str(box / "box"), ""], "out"), (box / "box", "")):
        with pytest.raises(SettingsError, match="is empty"):
            colorize(sources, out)
