"""Many writers of one ledger, and locks of the living and the dead."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.state import lock
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.jobs.state.lock import Lock, holder
from kinemacolor.models.errors import KinemacolorError

KEYS = [f"{n * 7919 % 256:02x}{n:06d}" for n in range(150)]
WRITERS = 8
LIMIT = 120  # seconds


def race(folder: Path, number: int, gate, results) -> None:
    ledger = Ledger(folder)
    gate.wait()
    keys = KEYS[number:] + KEYS[:number]
    won = [key for key in keys if ledger.add(key, {"by": number, "padding": "x" * 5000})]
    attempts = [ledger.fail("ff", {"by": number}) for _ in range(20)]
    results.put((number, won, attempts))


def test_eight_writers_lose_and_double_nothing(tmp_path):
    fresh = multiprocessing.get_context("spawn")
    gate, results = fresh.Barrier(WRITERS, timeout=LIMIT), fresh.Queue()
    writers = [
        fresh.Process(target=race, args=(tmp_path, number, gate, results))
        for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    told = [results.get(timeout=LIMIT) for _ in writers]
    for writer in writers:
        writer.join(LIMIT)
        assert writer.exitcode == 0
    winners = {key: number for number, won, _ in told for key in won}
    assert sorted(key for _, won, _ in told for key in won) == sorted(KEYS)
    ledger = Ledger(tmp_path)
    for key in KEYS:
        assert ledger.get(key)["by"] == winners[key]
    assert len(list(ledger.entries())) == len(KEYS)
    numbers = sorted(n for _, _, attempts in told for n in attempts)
    assert numbers == list(range(1, 20 * WRITERS + 1)) and len(ledger.failures("ff")) == len(
        numbers
    )
    assert not list(tmp_path.rglob("*.part"))


def test_failures_are_those_that_were_not_mended(tmp_path):
    ledger = Ledger(tmp_path)
    for key in ("aa", "bb"):
        ledger.fail(key, {"problem": "first"})
        assert ledger.fail(key, {"problem": "last"}) == 2
    ledger.add("bb", {})
    assert {key: entry["problem"] for key, entry in ledger.failed().items()} == {"aa": "last"}
    ledger.clear_failures("aa")
    assert ledger.failed() == {} and ledger.failures("aa") == []


class TestLock:
    def elsewhere(self, path: Path, age: float) -> None:
        """A lock that a driver on another machine holds."""
        held = {"host": "node7", "space": "other", "pid": 1, "born": "1", "token": "t", "since": 0}
        path.write_text(json.dumps(held))
        now = path.stat().st_mtime
        os.utime(path, (now - age, now - age))

    def test_is_let_go(self, tmp_path):
        with Lock(tmp_path / "lock"):
            assert holder(tmp_path / "lock")["pid"] == os.getpid()
        assert list(tmp_path.iterdir()) == []

    def test_holds_others_back(self, tmp_path):
        with (
            Lock(tmp_path / "lock"),
            pytest.raises(KinemacolorError, match=f"process {os.getpid()} on"),
            Lock(tmp_path / "lock"),
        ):
            pass
        assert list(tmp_path.iterdir()) == []

    def test_of_a_dead_process_on_this_machine(self, tmp_path):
        code = "import sys, os; from pathlib import Path; "
        code += "from kinemacolor.engine.jobs.state.lock import Lock; "
        code += "Lock(Path(sys.argv[1])).__enter__(); os._exit(0)"
        command = [sys.executable, "-c", code, str(tmp_path / "lock")]
        subprocess.run(command, check=True, timeout=LIMIT, cwd=Path(__file__).parents[3])
        assert holder(tmp_path / "lock") is not None
        with Lock(tmp_path / "lock"):
            assert holder(tmp_path / "lock")["pid"] == os.getpid()

    def test_of_another_machine_that_lives(self, tmp_path):
        self.elsewhere(tmp_path / "lock", lock.DEAD / 2)
        with pytest.raises(KinemacolorError, match="on node7"), Lock(tmp_path / "lock"):
            pass

    def test_of_another_machine_that_has_died(self, tmp_path):
        self.elsewhere(tmp_path / "lock", lock.DEAD * 2)
        with Lock(tmp_path / "lock"):
            assert holder(tmp_path / "lock")["host"] != "node7"

    def test_of_the_dead_goes_to_one(self, tmp_path):
        self.elsewhere(tmp_path / "lock", lock.DEAD * 2)
        gate, leave, got, refused = threading.Barrier(8, timeout=LIMIT), threading.Event(), [], []

        def contend() -> None:
            mine = Lock(tmp_path / "lock")
            gate.wait()
            try:
                with mine:
                    got.append(mine)
                    leave.wait(60)
            except KinemacolorError as error:
                refused.append(error)
            if len(refused) == 7:
                leave.set()

        threads = [threading.Thread(target=contend) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
        assert (len(got), len(refused)) == (1, 7)

    def test_of_one_who_was_taken_over_since_is_left_alone(self, tmp_path, monkeypatch):
        """Somebody has followed the dead between our reading its lock and our following it."""
        path, first = tmp_path / "lock", threading.Event()
        self.elsewhere(path, lock.DEAD * 2)
        stale, quick = Lock(path), Lock(path)

        def overtaken(*arguments: object) -> bool:
            if not first.is_set():
                first.set()
                quick.__enter__()
                return False
            return is_alive(*arguments)

        is_alive = lock.is_alive
        monkeypatch.setattr(lock, "is_alive", overtaken)
        # The quick one asks too, while the event is set: it is told the truth.
        with pytest.raises(KinemacolorError, match="being worked on"):
            stale.__enter__()
        quick.check()
        assert holder(path)["token"] == json.loads(quick._own)["token"]
        quick.__exit__(None, None, None)
        assert list(tmp_path.iterdir()) == []

    def test_goes_on_where_a_follower_has_died(self, tmp_path):
        """It had claimed the dead one's place, and died before it took it."""
        self.elsewhere(tmp_path / "lock", lock.DEAD * 2)
        self.elsewhere(tmp_path / ".lock.t", lock.DEAD * 2)
        with Lock(tmp_path / "lock"):
            assert holder(tmp_path / "lock")["pid"] == os.getpid()
        assert list(tmp_path.iterdir()) == []

    def test_that_was_taken_over_is_noticed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(lock, "BEAT", 0.01)
        with Lock(tmp_path / "lock") as mine:
            (tmp_path / "lock").unlink()
            self.elsewhere(tmp_path / "lock", 0)
            mine._thread.join(60)
            with pytest.raises(KinemacolorError, match="taken over"):
                mine.check()
        assert holder(tmp_path / "lock")["host"] == "node7"  # it is not ours to remove
