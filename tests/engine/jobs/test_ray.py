"""Jobs in actors of Ray: the files that one process gives, and what cannot be had."""

from __future__ import annotations

import json
import logging
import socket
from dataclasses import replace
from functools import partial

import pytest

from kinemacolor.cli.run import run_job
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError
from tests.engine.fakes import still, tree, write_zip
from tests.engine.jobs import odd_workers
from tests.engine.jobs.program import complaints, guide, kept, kinemacolor, make_box, run, strays
from tests.engine.tint import pan, write_grey

pytestmark = pytest.mark.xdist_group("ray")
SMALL = Settings(
    working_size=32,
    device="cpu",
    codec="h264",
    bit_depth="10",
    segment_frames=10,
    smoothing_window=2,
)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    film = write_grey(folder / "reel.mkv", pan(24) + pan(12, seed=1))
    return [film, write_zip(folder / "photos.zip", {"x.png": still(7), "y.png": still(8)})]


@pytest.fixture(scope="module")
def colored(sources, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    assert run_job(sources, str(out), SMALL, quiet=True) == 0
    return tree(out)


@pytest.mark.parametrize(
    "count", [pytest.param(1, marks=pytest.mark.slow), 2, pytest.param(4, marks=pytest.mark.slow)]
)
def test_the_real_network_gives_the_same_bytes(cluster, sources, colored, tmp_path, count):
    """On three machines whose GPUs, of which each actor has half a one, are made up."""
    out, report = tmp_path / "out", tmp_path / "report.json"
    actors = RayOptions(address=cluster.address, count=count, gpus=0.5)
    status = run_job(sources, str(out), SMALL, quiet=True, report_files=[report], actors=actors)
    assert status == 0
    assert tree(out) == colored and strays(out) == []
    summary = json.loads(report.read_text())[-1]
    assert summary["frames"] == 36 + 2 and summary["failed"] == {}
    assert summary["done"] == {"film": 1, "still": 2, "archive": 1}


@pytest.mark.slow
def test_a_guided_film_of_the_real_network(cluster, tmp_path):
    """Two actors give and keep what one process does; an edit makes its shot's segments anew."""
    settings = replace(SMALL, color_memory=False)  # shots that are alike would share colours
    film = write_grey(tmp_path / "reel.mkv", pan(24) + pan(12, seed=1))
    actors = RayOptions(address=cluster.address, count=2, gpus=0.5)
    made = []
    for color, name in (("#7a1f1f", "first"), ("#2f5d34", "other")):
        guide(film, {28: color})
        for how, out in ((None, tmp_path / name), (actors, tmp_path / "ray")):
            assert run_job([film], f"{out}/", settings, quiet=True, actors=how) == 0
            made.append((tree(out), kept(out)))
    (one, first), (again, ray), (edited, other), (ray_edited, ray_other) = made
    assert one == again != edited == ray_edited
    for before, after in ((first, ray), (other, ray_other)):
        assert before == after
    changed = {name for name in first.keys() & other.keys() if first[name] != other[name]}
    assert {name for name in changed if name.isdecimal()} == {"000000020", "000000030"}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    box = make_box(tmp_path_factory.mktemp("ray"))
    (box / "notes.txt").write_bytes(b"words")
    write_zip(box / "more.zip", {"x.png": still(7), "y.png": still(8)})
    return box


@pytest.fixture(scope="module")
def expected(box, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "out"
    assert run(box, out, NO_RAY=1)[0] == 0  # one process does not so much as look for Ray
    return tree(out)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_gives_the_files_of_one_process(cluster, box, expected, tmp_path, count):
    out, started = tmp_path / "out", tmp_path / "started"
    ray = ["--ray", cluster.address, "--actors", str(count), "--gpus-per-actor", "0.5"]
    status, errors = run(box, out, *ray, STARTED=started)
    assert status == 0, errors
    assert tree(out) == expected and strays(out) == []
    begun = started.read_text().splitlines()
    assert len(begun) == len(set(begun)) == 6 + 3  # segments, index, exemplars and assembly


def test_a_ray_of_its_own(box, expected, tmp_path, monkeypatch):
    """A bare --ray; relative paths; and events alone on stdout."""
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")  # which is not asked for
    out = tmp_path / "out"
    done = kinemacolor("colorize", box, "-o", out, "--segment-frames", 8, "--codec", "h264",
                       "--json", "--ray", "--actors", 2)  # fmt: skip
    assert done.returncode == 0, done.errors
    assert tree(out) == expected and strays(out) == []
    events = [json.loads(line) for line in done.output.splitlines()]
    assert events[-1]["done"] == {"film": 1, "still": 5, "archive": 1}


def test_a_job_goes_on_elsewhere(cluster, box, expected, tmp_path):
    """What was begun in a cluster is done in one process, and the other way round."""
    ray, out = ["--ray", cluster.address], tmp_path / "out"
    assert run(box, out, *ray, FAULTY="reel.mkv")[0] == 1
    assert kinemacolor("retry", out).returncode == 0
    assert tree(out) == expected and strays(out) == []
    (out / "reel.mkv").unlink()
    done = kinemacolor("resume", out, *ray, "--actors", 2)
    assert done.returncode == 0, done.errors
    assert tree(out) == expected and strays(out) == []


@pytest.fixture(scope="module")
def connection(cluster):
    """A connection of this process, which jobs use again, and the cluster."""
    from kinemacolor.engine.jobs.execution.ray.cluster import connected

    with connected(RayOptions(address=cluster.address), gpus=False):
        yield cluster


class TestWorkersOfOtherKinds:
    """What a job makes of workers that are not as they should be."""

    @pytest.fixture
    def work(self, connection, box, tmp_path):
        from kinemacolor.engine.jobs.execution.ray.executor import RayExecutor

        def work(make_worker, count=1):
            plan = make_plan([box / "reel.mkv"], str(tmp_path / "out/"), Settings(device="cpu"))
            report, progress = Report(), Progress(plan.frames)
            options = RayOptions(address=connection.address, count=count)
            make_executor = partial(RayExecutor, options, make_worker)
            Job(plan, make_executor, report, progress).run()
            return progress

        return work

    def test_warnings_come_home(self, work, caplog):
        progress = work(odd_workers.Warned)
        [record] = [
            record for record in caplog.records if record.name == "kinemacolor.engine.backends"
        ]
        assert record.levelno == logging.WARNING
        assert record.getMessage() == f"batches of 4 from here (on {socket.gethostname()})"
        assert progress.done == progress.total == 45

    @pytest.mark.parametrize(
        ("make_worker", "said"),
        [
            (odd_workers.unknown_network, "--model: 'x' is unknown"),
            (
                odd_workers.broken,
                "--ray: no actor begins: ZeroDivisionError: odd; all nodes need",
            ),
            (odd_workers.deadly, "--ray: actors die as they begin"),
        ],
    )
    def test_none_to_be_had(self, work, tmp_path, make_worker, said):
        with pytest.raises(KinemacolorError, match=said):
            work(make_worker)
        assert not (tmp_path / "out").exists()

    def test_of_two_kinds(self, work):
        with pytest.raises(KinemacolorError, match="compute in different ways"):
            work(odd_workers.EachItsOwn, count=2)


class TestWhatCannotBeHad:
    def test_more_than_the_cluster_has(self, cluster, box, tmp_path):
        actors = RayOptions(address=cluster.address, count=4, gpus=1)
        said = r"has room for 3 of 4 actors with 1 CPU, 1 GPU each \(24 CPU, 3 GPU in 3 nodes\)"
        with pytest.raises(KinemacolorError, match=said):
            run_job([box], str(tmp_path / "out"), Settings(), quiet=True, actors=actors)
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"gpus": 2}, "room for 0 of 1 actors with 1 CPU, 2 GPU each"),
            ({"cpus": 9}, "with 9 CPU each .*; ask for less per actor"),
            ({"memory": 17}, "with 1 CPU, 17 GB each"),
            ({"count": 3, "gpus": 0.6}, "has room for 2 of 3 .*; use --actors 2"),
        ],
    )
    def test_more_than_any_node_has(self, asked, said):
        """Two GPUs on two machines are not two for one actor, nor three shares of 0.6."""
        nodes = [{"CPU": 8, "GPU": 1, "memory": 16e9}] * 2
        with pytest.raises(KinemacolorError, match=said):
            RayOptions(address="auto", **asked).check_room(nodes)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--ray=reel.mkv"], "'reel.mkv' is no address"),
            (["--ray", "ray://head:10001"], "'ray://head:10001' is no address"),
            (["--ray", "--actors", "0"], "--actors: 0 is not possible"),
            (["--ray", "--gpus-per-actor", "1.5"], "use a whole number, or less than 1"),
            (["--actors", "2"], "are of a Ray cluster; add --ray"),
            (["--ray", "127.0.0.1:1"], "--ray 127.0.0.1:1: nobody answers at 127.0.0.1:1"),
        ],
    )
    def test_one_line(self, box, tmp_path, words, said):
        status, errors = run(box, tmp_path / "out", *words)
        assert status in (1, 2) and said in errors and len(complaints(errors)) == 1
        assert not (tmp_path / "out").exists()

    def test_without_ray(self, box, tmp_path):
        status, errors = run(box, tmp_path / "out", "--ray", NO_RAY=1)
        assert status == 1 and len(complaints(errors)) == 1
        assert "--ray: needs ray" in errors and "pip install 'kinemacolor[cluster]'" in errors


class TestShares:
    @pytest.mark.parametrize(
        ("count", "gpus", "share"),
        [(1, 0, 0), (1, 4, 1), (4, 4, 1), (8, 4, 0.5), (5, 4, 0.5), (8, 3, 0.3333)],
    )
    def test_all_find_room(self, count, gpus, share):
        actors = RayOptions(address="auto", count=count).sharing(gpus)
        assert actors.gpus == share
        actors.check_room([{"CPU": count, "GPU": gpus}])

    def test_what_was_asked_for_stays(self):
        assert RayOptions(address="auto", gpus=0).sharing(4).gpus == 0
