"""Nothing but files is ever replaced: devices, pipes, links and folders stay what they are."""

import errno
import os
import socket
import stat
import threading

import pytest

from kinemacolor.engine.files import (
    atomic_copy,
    atomic_write,
    is_disk_full,
    remove_partials,
    temp_path_beside,
    write_through,
)
from kinemacolor.engine.jobs.planning.targets import refuse_place
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.plain_files import is_dangling, replace_plain, special_kind


@pytest.fixture
def odd(tmp_path):
    """All kinds of things that a path may lead to, by name."""
    places = {name: tmp_path / name for name in ("pipe", "link", "dangling", "folder", "socket")}
    os.mkfifo(places["pipe"])
    (tmp_path / "file").write_text("kept")
    places["link"].symlink_to("file")
    places["dangling"].symlink_to("nowhere")
    places["folder"].mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        before = os.getcwd()
        os.chdir(tmp_path)  # the names of sockets are short
        server.bind("socket")
        os.chdir(before)
    if os.geteuid() == 0:
        places["device"] = tmp_path / "device"
        os.mknod(places["device"], 0o666 | stat.S_IFCHR, os.makedev(1, 7))  # /dev/full
    return places


def test_nothing_odd_is_replaced(odd, tmp_path):
    source = tmp_path / "source"
    for place in odd.values():
        before, there = place.lstat(), sorted(os.listdir(tmp_path))
        source.write_text("new")
        with pytest.raises(FileExistsError, match=r"is a \w+, and nothing but files"):
            replace_plain(source, place)
        with pytest.raises(FileExistsError), atomic_write(place) as part:
            part.write_text("new")
        with pytest.raises(FileExistsError):
            atomic_copy(source, place)
        assert place.lstat() == before
        source.unlink()
        assert sorted(os.listdir(tmp_path)) == there
    assert (tmp_path / "file").read_text() == "kept"


def test_long_names_share_no_hidden_one(tmp_path):
    targets = [tmp_path / f"{'é' * 110}{last}.png" for last in "ab"]
    hidden = [temp_path_beside(target) for target in targets]
    for place in hidden:
        place.touch()
    remove_partials(targets[:1])
    assert not hidden[0].exists() and hidden[1].exists()


def test_kinds(odd, tmp_path):
    for name, place in odd.items():
        assert special_kind(place) == f"a {'link' if name == 'dangling' else name}"
        assert is_dangling(place) is (name == "dangling")
    assert special_kind(tmp_path / "file") == special_kind(tmp_path / "nothing") == ""


def test_a_pipe_gets_the_content(odd):
    read = []
    thread = threading.Thread(target=lambda: read.append(odd["pipe"].read_bytes()))
    with write_through(odd["pipe"]) as part:
        part.write_bytes(b"report" * 50_000)
        thread.start()
        keeper = os.open(odd["pipe"], os.O_RDONLY | os.O_NONBLOCK)  # the thread may be late
    os.close(keeper)
    thread.join()
    assert read == [b"report" * 50_000] and odd["pipe"].is_fifo()


def test_a_pipe_that_nobody_reads_is_told(odd):
    with pytest.raises(OSError, match="No such device"), write_through(odd["pipe"]) as part:
        part.write_text("new")


def test_a_link_stays_and_its_file_is_written(odd, tmp_path):
    with write_through(odd["link"]) as part:
        part.write_text("new")
    assert odd["link"].is_symlink() and (tmp_path / "file").read_text() == "new"


@pytest.mark.skipif(os.geteuid() != 0, reason="makes a device")
def test_a_full_device_is_told_and_stays(odd):
    with pytest.raises(OSError, match="No space"), write_through(odd["device"]) as part:
        part.write_text("new")
    assert odd["device"].is_char_device()


@pytest.mark.parametrize("name", ["pipe", "dangling", "socket"])
def test_places_that_hold_no_results(odd, name):
    with pytest.raises(SettingsError, match="is a "):
        refuse_place(str(odd[name]))


@pytest.mark.parametrize(
    ("out", "said"), [("", "is empty"), ("-", "no place"), ("/dev/null", "is a device")]
)
def test_names_that_are_none(out, said):
    with pytest.raises(SettingsError, match=said):
        refuse_place(out)


def test_errors_that_are_each_others_cause_end_no_job():
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert not is_disk_full(one)
    other.__cause__ = OSError(errno.ENOSPC, "full")
    assert is_disk_full(one)
