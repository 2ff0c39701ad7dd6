"""Results that are there already: kept where they are what is asked for, and refused otherwise."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import JOBS, find_jobs
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.weights_files import weights_digest
from tests.engine.fakes import FakeWorker, is_red, painted, read_archive, still, tree, write_zip
from tests.engine.job_runs import run
from tests.engine.media.provenance.test_tags import colored
from tests.engine.media.video.films import make_film

DEFAULTS = Settings()


def properties(settings: Settings = DEFAULTS, weights: str = "") -> dict[str, str]:
    """A tag as the worker makes it."""
    return {
        "software": "Kinemacolor 0.2.0",
        "network": "kinema",
        "weights": f"sha256:{weights or weights_digest('kinema')}",
        "settings": json.dumps(asdict(settings)),
    }


@pytest.fixture
def out(tmp_path) -> Path:
    out = tmp_path / "out"
    out.mkdir()
    return out


def put_tagged(out: Path, settings: Settings = DEFAULTS, weights: str = "") -> None:
    """The results of the fixture `box`, as they are where no record of their job is left."""
    tag = properties(settings, weights)
    (out / "sub/empty").mkdir(parents=True)
    for name, format in (("a.png", "PNG"), ("sub/b.jpg", "JPEG"), ("sub/c.png", "PNG")):
        (out / name).write_bytes(colored(still(format=format), tag))
    make_film(out / "reel.mkv", metadata=tag)
    write_zip(out / "more.zip", {"x.png": still(), "y.png": colored(still(), tag)})
    (out / "sub/notes.txt").write_bytes(b"words")


def refusal(*sources: Path, out: Path, **settings: object) -> str:
    """The one line that refuses a job with these settings; nothing is touched."""
    before = tree(out)
    with pytest.raises(SettingsError) as told:
        run(*sources, out=out, settings=Settings(**settings))
    assert tree(out) == before and "\n" not in str(told.value)
    return str(told.value)


@pytest.fixture(params=["by the job's record", "by tags"])
def done(request, box, out) -> Path:
    """A folder of results, all as they are with the default settings."""
    if request.param == "by tags":
        put_tagged(out)
    else:
        run(box, out=out)
    return out


class TestOtherSettings:
    def test_are_refused_with_the_ways_on(self, done, box):
        assert refusal(box, out=done, saturation=1.2) == (
            f"{done / 'a.png'}: was made with --saturation 1.0, not 1.2 (so were 4 more); "
            "give another --out, or --overwrite to make them anew"
        )

    def test_all_differences_are_named(self, done, box):
        said = refusal(box, out=done, saturation=1.2, working_size=512)
        assert (
            "was made with --working-size 256, not 512 and with --saturation 1.0, not 1.2" in said
        )

    @pytest.mark.parametrize(
        ("setting", "first", "said"),
        [
            ({"codec": "ffv1"}, "reel.mkv", "with --codec auto, not ffv1;"),
            ({"quality": 12.0}, "reel.mkv", "without --quality, not with 12.0;"),
            ({"frames": "0-3"}, "reel.mkv", "without --frames, not with 0-3;"),
            ({"from_time": 0.1}, "reel.mkv", "without --from, not with 0.1;"),
            ({"framemd5": True}, "reel.mkv", "without --framemd5;"),
            ({"color_every": "3"}, "reel.mkv", "with --color-every auto, not 3;"),
            ({"still_quality": 80}, "sub/b.jpg", "without --still-quality, not with 80;"),
        ],
    )
    def test_count_for_their_kind_alone(self, done, box, setting, first, said):
        assert refusal(box, out=done, **setting).startswith(f"{done / first}: was made {said}")

    @pytest.mark.parametrize(
        "setting",
        [
            {"codec": "h264"},
            {"color_every": "24"},
            {"device": "cpu"},
            {"backend": "eager"},
            {"precision": "fp32"},
            {"salvage": True},
            {"touch": True},
        ],
    )
    def test_that_make_the_same_files_are_none(self, done, box, setting):
        again = run(box, out=done, settings=Settings(**setting))
        assert not again.worker.colored and len(again.names(State.SKIPPED)) == 6

    def test_overwrite_makes_them_anew(self, done, box):
        run(box, out=done, settings=Settings(saturation=1.2), overwrite=True)
        assert is_red((done / "a.png").read_bytes())
        assert "--saturation 1.2, not 1.0" in refusal(box, out=done)

    def test_every_kept_result_names_overwrite(self, done, box):
        again = run(box, out=done)
        reasons = {event["reason"] for event in again.events if event["event"] == "skipped"}
        assert all(reason.endswith("; --overwrite makes it anew") for reason in reasons)

    def test_of_an_archive_of_stills_are_not_those_of_films(self, tmp_path, done):
        write_zip(tmp_path / "photos.zip", {"x.png": still()})
        shutil.copyfile(done / "more.zip", tmp_path / "results.zip")
        make_film(tmp_path / "other.mkv")
        put_tag = {"x.png": colored(still(), properties())}
        write_zip(done / "photos.zip", put_tag)
        both = (tmp_path / "photos.zip", tmp_path / "other.mkv")
        plan = run(*both, out=done, settings=Settings(codec="ffv1")).plan
        assert [asset.kept for asset in plan.assets] == [True, False]
        assert "--saturation" in refusal(tmp_path / "photos.zip", out=done, saturation=2.0)


class TestOtherWeights:
    def test_are_refused_by_tags(self, box, out):
        put_tagged(out, weights="cd" * 32)
        assert "was made with other weights of kinema (cdcdcdcdcdcd..., not " in refusal(
            box, out=out
        )

    def test_are_refused_by_the_record(self, box, out):
        run(box, out=out)
        path = find_jobs(out)[0].path / "job.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"weights": "cd" * 32}))
        assert "was made with other weights of kinema" in refusal(box, out=out)
        (out / "a.png").unlink()
        (out / "reel.mkv").unlink()
        assert "other weights of kinema" in refusal(box, out=out)

    def test_of_the_same_network_in_a_file_are_the_same(self, box, out, tmp_path):
        from kinemacolor.models.weights_files import WEIGHTS_FOLDER

        put_tagged(out)
        copy = tmp_path / "mine.safetensors"
        shutil.copyfile(WEIGHTS_FOLDER / "kinema.safetensors", copy)
        assert not run(box, out=out, settings=Settings(model=str(copy))).worker.colored
        copy.write_bytes(copy.read_bytes() + b" ")
        assert f"with --model kinema, not {copy}" in refusal(box, out=out, model=str(copy))


class TestTags:
    def test_of_the_first_release_are_compared_as_far_as_they_go(self, box, out):
        put_tagged(out)
        old = properties() | {"software": "Kinemacolor"}
        old["settings"] = json.dumps({"saturation": 1.0, "colour_every": "auto"})
        (out / "a.png").write_bytes(colored(still(), old))
        assert not run(box, out=out).worker.colored
        assert str(out / "a.png") in refusal(box, out=out, saturation=0.5)

    def test_missing_ones_are_told(self, box, out):
        put_tagged(out)
        (out / "a.png").write_bytes(b"mine")
        again = run(box, out=out, settings=Settings())
        told = {e["asset"]: e["reason"] for e in again.events if e["event"] == "skipped"}
        assert told[str(box / "a.png")] == (
            "is there already, and has no tag of Kinemacolor; --overwrite makes it anew"
        )
        assert "no tag" not in told[str(box / "sub/notes.txt")]
        assert (out / "a.png").read_bytes() == b"mine"


class TestUnfinishedJobs:
    @pytest.fixture
    def broken(self, box, out) -> Path:
        """A job with one failure."""
        (box / "sub/c.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        run(box, out=out)
        return out

    def test_are_refused_before_a_worker_is_loaded(self, broken, box):
        assert "was made with --saturation 1.0, not 1.2" in refusal(box, out=broken, saturation=1.2)
        shutil.rmtree(broken / "sub")
        for name in ("a.png", "reel.mkv", "more.zip"):
            (broken / name).unlink()
        assert refusal(box, out=broken, saturation=1.2) == (
            f"{broken}: has results made with --saturation 1.0, not 1.2; "
            "give another --out, or --overwrite to make everything anew"
        )

    def test_go_on_with_salvage_and_with_other_dates(self, broken, box):
        (box / "sub/c.png").write_bytes(still())
        settings = Settings(salvage=True, touch=True)
        again = run(box, out=broken, settings=settings)
        assert again.worker.colored == [str(box / "sub/c.png")]
        assert find_jobs(broken)[0].record.settings == settings
        (broken / "a.png").unlink()
        assert "has results made with --salvage;" in refusal(box, out=broken, touch=True)

    def test_that_have_done_nothing_go_on_with_any(self, box, out):
        for name in ("a.png", "sub/b.jpg", "sub/c.png", "reel.mkv"):
            (box / name).unlink()
        (box / "more.zip").write_bytes(b"PK\3\4broken")
        (box / "bad.mkv").write_bytes(b"")
        (box / "a.png").write_bytes(b"")
        run(box, out=out)
        (box / "a.png").write_bytes(still())
        again = run(box, out=out, settings=Settings(saturation=1.2))
        assert again.worker.colored == [str(box / "a.png")]
        assert find_jobs(out)[0].record.settings.saturation == 1.2

    def test_of_another_suffix_are_other_jobs(self, broken, box):
        run(box, out=broken, settings=Settings(suffix=" vivid", saturation=1.5))
        assert (broken / "a vivid.png").is_file() and len(find_jobs(broken)) == 2


def test_stills_that_all_failed_once_count_when_they_are_done(tmp_path, out):
    box = tmp_path / "stills"
    box.mkdir()
    (box / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    os.utime(box / "bad.png", (1e9, 1e9))
    run(box, out=out)
    damaged = (box / "bad.png").stat().st_size
    (box / "bad.png").write_bytes(still()[:damaged])
    os.utime(box / "bad.png", (1e9, 1e9))  # the same file to the job, as where a share came back
    again = FakeWorker()
    again._still = lambda name, load: painted(still())
    run(box, out=out, worker=again)
    status = status_of(find_jobs(out)[0])
    assert (status.files_done, status.files) == (1, 1)


class TestOwnResults:
    @pytest.fixture
    def mixed(self, box) -> Path:
        """The fixture `box`, with coloured files among its own."""
        tag = properties(Settings(saturation=0.7))
        (box / "old.png").write_bytes(colored(still(9), tag))
        (box / "old.jpg").write_bytes(colored(still(9, "JPEG"), tag))
        make_film(box / "old.mkv", metadata=tag)
        film = (box / "old.mkv").read_bytes()
        members = {"x.png": still(7), "old.png": colored(still(9), tag), "old.mkv": film}
        write_zip(box / "more.zip", members)
        return box

    def test_are_carried_over_as_they_are(self, mixed, out):
        done = run(mixed, out=out)
        for name in ("old.png", "old.jpg", "old.mkv"):
            assert (out / name).read_bytes() == (mixed / name).read_bytes()
            assert str(mixed / name) in done.names(State.CARRIED)
        before, after = read_archive(mixed / "more.zip"), read_archive(out / "more.zip")
        assert is_red(after["x.png"]) and list(after) == list(before)
        assert all(after[name] == before[name] for name in ("old.png", "old.mkv"))
        notes = [e["notes"] for e in done.events if e["event"] == "carried" and "old" in str(e)]
        assert notes == [("was coloured by Kinemacolor already: carried over as it is",)] * 5
        assert done.progress.done == done.progress.total == done.report.frames == 12 + 4

    def test_count_as_done(self, mixed, out):
        run(mixed, out=out)
        status = status_of(find_jobs(out)[0])
        assert status.files_done == status.files == 9
        assert status.frames_done == status.frames == 12 + 4
        (out / "sub/notes.txt").unlink()
        assert status_of(find_jobs(out)[0]).files_done == 8

    def test_keep_their_names(self, mixed, out):
        run(mixed, out=out, settings=Settings(suffix=" new"))
        assert {"a new.png", "old.png", "old.mkv"} <= set(tree(out))

    def test_are_planned_as_such(self, mixed, out):
        plan = run(mixed, out=out).plan
        assert sum(asset.is_colored for asset in plan.assets) == 3

    def test_that_were_carried_over_are_not_compared(self, mixed, out):
        run(mixed, out=out)
        shutil.rmtree(out / JOBS)
        for name in ("a.png", "sub/b.jpg", "sub/c.png", "reel.mkv", "more.zip"):
            (out / name).unlink()
        assert set(run(mixed, out=out).names(State.SKIPPED)) >= {str(mixed / "old.png")}

    @pytest.mark.parametrize("name", ["old.png", "old.mkv"])
    def test_alone_are_refused(self, mixed, out, name):
        done = run(mixed / name, out=out)
        assert list(done.failures.values()) == [
            "was coloured by Kinemacolor already; give the file that it was made from"
        ]
        assert tree(out) == {}


class TestSingleFiles:
    def test_that_are_done_leave_no_records(self, box, out):
        for name in ("a.png", "reel.mkv", "more.zip"):
            run(box / name, out=out)
            assert not (out / JOBS).exists()
        assert len(tree(out)) == 3

    def test_of_which_nothing_could_be_done_leave_none(self, box, out):
        (box / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        assert run(box / "bad.png", out=out).failures
        assert not (out / JOBS).exists()

    def test_keep_them_where_they_are_to(self, box, out):
        run(box / "a.png", out=out, keep_records=True)
        run(box / "a.png", out=out)
        assert len(find_jobs(out)) == 1

    def test_leave_those_of_other_jobs(self, box, out):
        run(box, out=out)
        run(box / "a.png", out=out / "again")
        run(box / "a.png", out=out / "sub2")
        assert len(find_jobs(out)) == 1

    def test_are_told_to_be_older_than_their_sources(self, box, out):
        """They may be of another source with this name, and are not overwritten."""
        (out / "a.png").write_bytes(colored(still(), properties()))
        os.utime(out / "a.png", (5e8, 5e8))
        before = tree(out)
        again = run(box / "a.png", out=out)
        reasons = [event["reason"] for event in again.events if event["event"] == "skipped"]
        assert reasons == ["is there already, and older than its source; --overwrite makes it anew"]
        assert tree(out) == before
