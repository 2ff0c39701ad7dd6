"""RayOptions, machines and drivers that die, and full disks: the files are those of a quiet run."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from functools import partial

import pytest

from kinemacolor.engine.jobs.state.folder import JOBS
from tests.engine.fakes import still, tree, write_zip
from tests.engine.jobs.conftest import PATIENCE, add_node
from tests.engine.jobs.forkserver import wait_for
from tests.engine.jobs.program import done_in, kinemacolor, make_box, run, start, strays
from tests.engine.media.video.films import make_film

pytestmark = pytest.mark.xdist_group("ray")


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    box = make_box(tmp_path_factory.mktemp("deaths"))
    make_film(box / "short.mkv", frames=9)
    write_zip(box / "more.zip", {"x.png": still(7), "y.png": still(8)})
    return box


@pytest.fixture(scope="module")
def expected(box, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    assert run(box, out)[0] == 0
    return tree(out)


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


def finish(program):
    """The errors of a job that must end well."""
    assert program.wait() == 0 and "Traceback" not in program.errors, program.errors
    return program.errors


def twice(started):
    """What was begun more than once."""
    return [name for name, count in Counter(lines(started)).items() if count > 1]


def has_begun(program, started, count):
    """Whether more than so much has been begun, or will not be any more."""
    return len(lines(started)) > count or program.poll() is not None


def test_an_actor_is_killed(cluster, box, expected, tmp_path):
    out, started, pids = tmp_path / "out", tmp_path / "started", tmp_path / "pids"
    ray = ["--ray", cluster.address, "--actors", "2"]
    program = start(box, out, *ray, STARTED=started, PIDS=pids, SLOW=1)
    wait_for(lambda: len(lines(pids)) > 2, program)
    os.kill(int(lines(pids)[-1]), signal.SIGKILL)
    assert "its actor died" in finish(program)
    assert tree(out) == expected and strays(out) == []
    assert len(twice(started)) == 1  # the unit that it was at


def test_an_actor_dies_with_its_unit_done(cluster, box, expected, tmp_path):
    out, started, died = tmp_path / "out", tmp_path / "started", tmp_path / "died"
    ray = ["--ray", cluster.address, "--actors", "2"]
    finish(start(box, out, *ray, STARTED=started, DONE_DEAD=died))
    assert died.exists() and twice(started) == []
    assert tree(out) == expected and strays(out) == []


def test_a_unit_that_kills_actors_is_set_aside(cluster, box, expected, tmp_path):
    out = tmp_path / "out"
    ray = ["--ray", cluster.address, "--actors", "2"]
    status, errors = run(box, out, *ray, "--segment-frames", "480", DEADLY="reel.mkv")
    assert status == 1 and "its actor died; set aside after 3 failures" in errors
    assert tree(out).keys() == expected.keys() - {"reel.mkv"}
    [job] = out.glob(f"{JOBS}/*")
    assert len(list(job.glob("failed/*.json"))) == 3
    assert kinemacolor("retry", out).returncode == 0 and strays(out) == []


def test_an_actor_hangs(cluster, box, expected, tmp_path):
    out, started, hung = tmp_path / "out", tmp_path / "started", tmp_path / "hung"
    ray = ["--ray", cluster.address, "--actors", "2", "--stall-minutes", "0.1"]
    errors = finish(start(box, out, *ray, STARTED=started, HUNG=hung))
    assert "no new frame in 0.1 minutes (--stall-minutes)" in errors
    assert tree(out) == expected and strays(out) == []
    assert len(twice(started)) == 1


@pytest.mark.parametrize("graceful", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_machine_is_lost(cluster, box, expected, tmp_path, graceful):
    out, started = tmp_path / "out", tmp_path / "started"
    ray = ["--ray", cluster.address, "--actors", "3", "--cpus-per-actor", "8"]  # one a machine
    program = start(box, out, *ray, STARTED=started, SLOW=2)
    wait_for(lambda: sum("frames" in line for line in lines(started)) >= 3, program)
    cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=graceful)
    try:
        errors = finish(program)
    finally:
        add_node(cluster)
        cluster.wait_for_nodes(PATIENCE)
    assert "the machine of its actor was lost" in errors
    assert tree(out) == expected and strays(out) == []
    assert len(twice(started)) <= 1
    assert not list(out.glob(f"{JOBS}/*/failed/*"))


def test_a_full_disk_for_a_while(cluster, box, expected, tmp_path):
    out, full = tmp_path / "out", tmp_path / "full"
    full.touch()
    ray = ["--ray", cluster.address, "--actors", "2"]
    status, errors = run(box, out, *ray, FULL=full)
    assert status == 1 and "disk is full" in errors
    full.unlink()
    assert run(box, out, *ray, FULL=full)[0] == 0
    assert tree(out) == expected and strays(out) == []


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 7))]
)
def test_drivers_are_lost(cluster, box, expected, tmp_path, seed):
    """Three times in a row at moments by the seed; the actors notice, and the next goes on."""
    out, started = tmp_path / "out", tmp_path / "started"
    rng, before = random.Random(seed), set()
    for _ in range(3):
        actors = str(rng.randrange(1, 4))
        ray = ["--ray", cluster.address, "--actors", actors]
        program = start(box, out, *ray, STARTED=started, SLOW=0.2)
        after, pause = rng.randrange(4), rng.random()
        wait_for(partial(has_begun, program, started, after), program)
        time.sleep(pause)
        program.kill()
        assert before.isdisjoint(lines(started))  # nothing that was done is done again
        before = done_in(out)
        started.unlink(missing_ok=True)
    assert run(box, out, STARTED=started)[0] == 0
    assert before.isdisjoint(lines(started))
    assert tree(out) == expected and strays(out) == []


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c(cluster, box, expected, tmp_path, times):
    """Once lets what is begun end, twice does not."""
    out, started = tmp_path / "out", tmp_path / "started"
    slow = {1: 2, 2: 60}[times]  # seconds of a unit: one that ends, and one that will not in time
    program = start(box, out, "--ray", cluster.address, STARTED=started, SLOW=slow)
    wait_for(lambda: any("frames" in line for line in lines(started)), program)
    program.send(signal.SIGINT)
    wait_for(lambda: "Ctrl-C again stops at once" in program.errors, program)
    if times == 2:
        program.send(signal.SIGINT)
    assert program.wait() == 130 and "the same command goes on from here" in program.errors
    begun = {line for line in lines(started) if "frames" in line}
    assert len(begun) == 1 and (begun <= done_in(out)) == (times == 1)
    started.unlink()
    assert run(box, out, STARTED=started)[0] == 0
    assert begun.isdisjoint(lines(started)) == (times == 1)
    assert tree(out) == expected and strays(out) == []
    assert json.loads(kinemacolor("status", out, "--json").output)["failures"] == []
