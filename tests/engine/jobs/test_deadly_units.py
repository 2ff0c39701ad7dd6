"""Units that kill their process: laid to them, set aside, and no other file is lost for it."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.state.attempts import Attempts
from kinemacolor.engine.jobs.state.folder import JOBS
from kinemacolor.engine.jobs.state.ledger import MAX_FAILURES
from tests.engine.fakes import still, tree
from tests.engine.jobs.program import kinemacolor, make_box, run, strays


@pytest.fixture
def box(tmp_path) -> Path:
    return make_box(tmp_path)


def test_a_film_is_set_aside_and_the_rest_is_done(box, tmp_path):
    out, started = tmp_path / "out", tmp_path / "started"
    status, errors = run(box, out, DEADLY="reel.mkv")
    assert status == 1 and "Failed" not in errors  # it has taken the process with it
    (box / "later.png").write_bytes(still(9))
    status, errors = run(box, out, DEADLY="reel.mkv", STARTED=started)
    assert status == 1 and "reel.mkv: killed its process (status 1)" in errors
    assert f"set aside after {MAX_FAILURES} failures" in errors
    assert set(tree(out)) == set(tree(box)) - {"reel.mkv"}
    begun = started.read_text().splitlines()
    assert sum("reel.mkv, frames 0 to" in line for line in begun) == MAX_FAILURES
    started.unlink()
    status, errors = run(box, out, STARTED=started)
    assert status == 1 and "set aside" in errors and not started.exists()
    assert kinemacolor("retry", out).returncode == 0
    assert set(tree(out)) == set(tree(box)) and strays(out) == []


def test_a_still_costs_no_other(box, tmp_path):
    for number in range(4, 9):
        (box / f"{number}.png").write_bytes(still(number))
    out = tmp_path / "out"
    assert "Failed" not in run(box, out, DEADLY="6.png")[1]
    status, errors = run(box, out, DEADLY="6.png")
    assert status == 1 and "6.png: killed its process" in errors and "Failed: 1" in errors
    assert set(tree(out)) == set(tree(box)) - {"6.png"}
    told = json.loads(kinemacolor("status", out, "--json").output)
    assert told["files_done"] == told["files"] - 1 and len(told["failures"]) == 1
    assert kinemacolor("retry", out).returncode == 0
    assert set(tree(out)) == set(tree(box))


def test_kills_of_the_user_are_laid_to_nobody(box, tmp_path):
    """However often: the unit that was begun is done in a process of its own, and well."""
    out, expected = tmp_path / "out", tmp_path / "expected"
    assert run(box, expected)[0] == 0
    for _ in range(MAX_FAILURES + 1):
        assert run(box, out, DIE_IN="frames 8 to")[0] == -signal.SIGKILL
    [job] = out.glob(f"{JOBS}/*")
    assert not list(job.glob("failed/*"))
    assert run(box, out)[0] == 0 and tree(out) == tree(expected) and strays(out) == []


class TestAttempts:
    def test_that_end_leave_nothing(self, tmp_path):
        attempts = Attempts(tmp_path)
        with attempts.attempt("aa", ["/out/a.png"]):
            left = attempts.left()
            assert (left.keys, left.places) == ({"aa"}, {"/out/a.png"})
        assert attempts.left().keys == set()

    def test_that_were_stopped_leave_nothing(self, tmp_path):
        attempts = Attempts(tmp_path)
        with pytest.raises(KeyboardInterrupt), attempts.attempt("aa", []):
            raise KeyboardInterrupt
        assert attempts.left().keys == set()

    @pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"schema": 1, "places": 3}'])
    def test_that_are_damaged_name_their_unit(self, tmp_path, content):
        (tmp_path / "begun").mkdir()
        (tmp_path / "begun" / "aa.json").write_bytes(content)
        attempts = Attempts(tmp_path)
        assert attempts.left().keys == {"aa"} and not attempts.left().places
        attempts.forget()
        assert attempts.left().keys == set()
