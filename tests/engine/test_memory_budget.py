"""Pictures share a budget of memory: granted in order, never more than there is."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kinemacolor.engine import machine
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.memory_budget import BASE, MemoryBudget, check_memory
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError

GB = 1 << 30
SETTINGS = Settings(memory="5G")
TOTAL = 5 * GB - BASE


def test_what_is_too_large_is_refused_in_one_line():
    check_memory("a.tif", TOTAL, SETTINGS)
    with pytest.raises(MediaError) as caught:
        check_memory("a.tif", int(8.6 * GB), SETTINGS)
    assert str(caught.value) == (
        "a.tif: needs about 9.6 GB of memory, 5.0 GB are allowed;"
        " raise --memory, or use a machine that has more"
    )


def test_a_small_allowance_still_leaves_something():
    assert MemoryBudget(Settings(memory="800M")).total == 200 << 20


@pytest.mark.parametrize("results_are_held", [False, True])
def test_never_more_than_there_is_and_always_to_the_end(results_are_held):
    budget = MemoryBudget(SETTINGS)
    lock, held, most = threading.Lock(), [0], [0]

    def work(ticket, size):
        ticket.reserve("a", size // 2)
        ticket.reserve("a", size)
        ticket.pass_turn()
        with lock:
            held[0] += size
            most[0] = max(most[0], held[0])
        threading.Event().wait(0.001)
        with lock:
            held[0] -= size
        ticket.keep(size // 3 if results_are_held else 0)
        return ticket

    with ThreadPoolExecutor(8) as pool:
        sizes = [TOTAL, GB, GB, GB, TOTAL, 1, 3 * GB, 2 * GB] * 4
        running = [pool.submit(work, budget.ticket(), size) for size in sizes]
        for future in running:  # results are taken in order
            future.result(timeout=30).keep(0)
    assert GB <= most[0] <= TOTAL


def test_one_that_fails_before_it_reserves_holds_up_nobody():
    budget = MemoryBudget(SETTINGS)
    first, second, third = (budget.ticket() for _ in range(3))
    second.pass_turn()
    second.keep(0)
    first.reserve("a", GB)
    first.pass_turn()
    first.pass_turn()
    third.reserve("c", GB)


def test_whoever_waits_is_let_go_when_the_work_stops():
    budget = MemoryBudget(SETTINGS)
    first, second = budget.ticket(), budget.ticket()
    first.reserve("a", TOTAL)
    first.pass_turn()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second.reserve, "b", GB)
        budget.close()
        with pytest.raises(MediaError, match="stopped"):
            waiting.result(timeout=30)


class TestMachine:
    @pytest.mark.parametrize(
        ("group", "files", "limit"),
        [
            ("0::/a/b", {"a/b/memory.max": "max", "a/memory.max": str(2 * GB)}, 2 * GB),
            ("0::/", {"memory.max": str(3 * GB)}, 3 * GB),
            ("0::/of/the/host", {"memory.max": str(GB)}, GB),
            ("4:memory:/j", {"memory/j/memory.limit_in_bytes": str(GB)}, GB),
            ("4:cpu:/j", {"cpu/j/memory.max": "1"}, None),
            ("0::/", {"memory.max": "max"}, None),
        ],
    )
    def test_limits_of_control_groups(self, tmp_path, group, files, limit):
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text(group + "\n")
        for name, text in files.items():
            path = tmp_path / "sys/fs/cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n")
        assert machine._container_limit(tmp_path) == limit

    def test_no_control_groups(self, tmp_path):
        assert machine._container_limit(tmp_path) is None

    def test_processes_share_by_their_cores(self, monkeypatch):
        monkeypatch.delenv("KINEMACOLOR_CORES", raising=False)
        monkeypatch.setattr(machine, "_memory", lambda: 8 * GB)
        monkeypatch.setattr(machine, "_container_limit", lambda: None)
        assert machine.memory_limit() == 6 * GB
        monkeypatch.setattr(machine.os, "cpu_count", lambda: 8)
        monkeypatch.setenv("KINEMACOLOR_CORES", "2")
        assert machine.memory_limit() == 6 * GB // 4

    def test_the_smaller_of_machine_and_container_counts(self, monkeypatch):
        monkeypatch.delenv("KINEMACOLOR_CORES", raising=False)
        monkeypatch.setattr(machine, "_memory", lambda: 8 * GB)
        monkeypatch.setattr(machine, "_container_limit", lambda: 4 * GB)
        assert machine.memory_limit() == 3 * GB


@pytest.mark.parametrize("stated", ["0", "-1", "two", "1.5", "\u0661"])
def test_a_wrong_number_of_cores_is_told(monkeypatch, stated):
    monkeypatch.setenv("KINEMACOLOR_CORES", stated)
    with pytest.raises(SettingsError, match=f"KINEMACOLOR_CORES={stated}: is no number of cores"):
        machine.cores()
