"""Results made with other settings or weights are refused, and kept otherwise."""

from __future__ import annotations

import json
import shutil

import pytest

from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.state.folder import find_jobs
from kinemacolor.engine.settings import Settings
from tests.engine.fakes import is_red, still, write_zip
from tests.engine.job_runs import run
from tests.engine.jobs.existing.tagged import properties, put_tagged, refusal
from tests.engine.media.provenance.test_tags import colored
from tests.engine.media.video.films import make_film


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
