"""Locks on disks that lie, answer late or lose bytes, and of processes that cannot be seen."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kinemacolor.engine import files
from kinemacolor.engine.jobs.state import lock
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.jobs.state.lock import Lock, holder
from kinemacolor.models.errors import KinemacolorError

DAMAGED = [b"", b"{", b"{}", b"[]", b"\0" * 80, b"\xff\xfe", b'{"pid": "x"}', b'{"pid": -1}']
LIMIT = 60  # seconds


def put(path: Path, content: bytes | None, age: float) -> None:
    """A damaged lock of that age; None for a folder."""
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    then = path.stat().st_mtime - age
    os.utime(path, (then, then))


class TestDamaged:
    @pytest.mark.parametrize("content", [*DAMAGED, None])
    def test_and_old_is_that_of_the_dead(self, tmp_path, content):
        put(tmp_path / "lock", content, lock.DEAD * 2)
        with Lock(tmp_path / "lock"):
            assert holder(tmp_path / "lock")["pid"] == os.getpid()
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("content", [*DAMAGED, None])
    def test_and_young_may_be_that_of_the_living(self, tmp_path, content):
        put(tmp_path / "lock", content, lock.DEAD / 2)
        with pytest.raises(KinemacolorError, match="has a damaged lock") as told:
            Lock(tmp_path / "lock").__enter__()
        assert "run again in 90 seconds" in str(told.value)
        assert [path.name for path in tmp_path.iterdir()] == ["lock"]

    def test_while_it_is_held_is_written_anew(self, tmp_path):
        path = tmp_path / "lock"
        with Lock(path) as mine:
            path.write_bytes(b"\0" * 9)
            assert mine._show_life() and holder(path)["pid"] == os.getpid()
            path.unlink()
            assert mine._show_life() and holder(path)["pid"] == os.getpid()
        assert not path.exists()

    def test_follower_of_a_damaged_lock(self, tmp_path):
        put(tmp_path / "lock", b"", lock.DEAD * 2)
        put(tmp_path / ".lock.unknown", b"", lock.DEAD * 2)
        with Lock(tmp_path / "lock"):
            assert holder(tmp_path / "lock")["pid"] == os.getpid()
        assert list(tmp_path.iterdir()) == []


class TestHeartbeat:
    @pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE, errno.ENOSPC, errno.EACCES])
    @pytest.mark.parametrize("call", ["open", "utime"])
    def test_survives_a_disk_that_does_not_answer(self, tmp_path, monkeypatch, code, call):
        path, beats = tmp_path / "lock", threading.Semaphore(0)

        def broken(*arguments: object) -> None:
            beats.release()
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(lock, "BEAT", 0.01)
        with Lock(path) as mine:
            with monkeypatch.context() as patch:
                if call == "open":
                    patch.setattr(lock, "open", broken, raising=False)
                else:
                    patch.setattr(lock.os, "utime", broken)
                assert all(beats.acquire(timeout=LIMIT) for _ in range(2))
            mine.check()
            os.utime(path, (1, 1))
            assert mine._thread.is_alive() and mine._show_life()
            assert path.stat().st_mtime > 1
        assert not path.exists()

    def test_does_not_touch_the_lock_of_a_follower(self, tmp_path, monkeypatch):
        """Who follows between our look and our touch keeps the time of its own file."""
        path = tmp_path / "lock"
        with Lock(path) as mine:
            other = tmp_path / "other"
            other.write_text(json.dumps(holder(path) | {"token": "other"}))
            os.utime(other, (1, 1))
            utime = os.utime

            def overtaken(place, *arguments):
                os.replace(other, path)
                utime(place, *arguments)

            monkeypatch.setattr(lock.os, "utime", overtaken)
            mine._show_life()
            monkeypatch.undo()
            assert path.stat().st_mtime == 1
            assert not mine._show_life()
        assert path.exists()  # it is not ours to remove


class TestHidden:
    """Where /proc hides the processes of other users."""

    @pytest.fixture
    def path(self, tmp_path, monkeypatch) -> Path:
        path = tmp_path / "lock"
        own = Lock(path)
        path.write_text(own._own)
        monkeypatch.setattr(lock, "_born", lambda pid: None)
        return path

    def test_a_process_that_lives_is_not_robbed(self, path, monkeypatch):
        def refused(pid, number):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(lock.os, "kill", refused)
        with pytest.raises(KinemacolorError, match="being worked on by process"):
            Lock(path).__enter__()

    def test_one_that_has_gone_is_followed(self, path, monkeypatch):
        def gone(pid, number):
            raise ProcessLookupError

        monkeypatch.setattr(lock.os, "kill", gone)
        with Lock(path):
            pass

    def test_a_number_that_is_used_again_is_told_by_its_silence(self, path):
        os.utime(path, (1, 1))
        with Lock(path):
            pass


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc tells of processes")
def test_a_killed_process_that_nobody_has_waited_for_is_followed(tmp_path):
    """As under the first process of many a container."""
    path = tmp_path / "lock"
    words = (
        "import sys, time; from pathlib import Path; "
        "from kinemacolor.engine.jobs.state.lock import Lock; "
        "Lock(Path(sys.argv[1])).__enter__(); print(flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", words, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline()
        with pytest.raises(KinemacolorError, match="being worked on by process"):
            Lock(path).__enter__()
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with Lock(path):
            pass


class TestLostReply:
    """NFS may make a link, lose the reply, and tell that the name is taken."""

    @pytest.fixture(autouse=True, params=[errno.EEXIST, errno.EIO])
    def lost(self, request, monkeypatch):
        link = os.link

        def late(source, target):
            link(source, target)
            raise OSError(request.param, os.strerror(request.param))

        monkeypatch.setattr(files.os, "link", late)

    def test_a_lock_is_ours(self, tmp_path):
        with Lock(tmp_path / "lock"):
            assert holder(tmp_path / "lock")["pid"] == os.getpid()
        assert list(tmp_path.iterdir()) == []

    def test_an_entry_is_added_and_a_failure_counted_once(self, tmp_path):
        ledger = Ledger(tmp_path)
        assert ledger.add("aa", {"frames": 1}) and not ledger.add("aa", {"frames": 1})
        assert ledger.fail("bb", {"problem": "odd"}) == 1 and len(ledger.failures("bb")) == 1


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path, monkeypatch):
    def refused(*arguments):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(files.os, "link", refused)
    with pytest.raises(KinemacolorError, match="cannot be written: no permission"):
        Lock(tmp_path / "lock").__enter__()
