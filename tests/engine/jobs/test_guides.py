"""Guides at plan time: found, checked, merged with what is given, put into each asset."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.files import sha256
from kinemacolor.engine.guidance.guide_file.guide import Guide, guide_of, member_text
from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.jobs.planning.plan import Plan, make_plan
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.jobs.state.record import JobRecord
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from tests.engine.fakes import still, write_zip
from tests.engine.job_runs import run
from tests.engine.media.video.films import make_film

POINT = {"x": 3, "y": 4, "color": "#2f5d34"}


def write(path: Path, **said) -> Path:
    path.write_text(json.dumps({"version": 1, **said}))
    return path


def planned(*sources: Path, **given) -> Plan:
    request = GuideRequest(**given)
    return make_plan(list(sources), str(sources[0].parent / "out") + "/", Settings(), guide=request)


def guides(plan: Plan) -> dict[str, Guide]:
    return {asset.source.name: guide_of(asset.guide) for asset in plan.assets if asset.guide}


def refused(*sources: Path, **given) -> str:
    with pytest.raises(SettingsError) as caught:
        planned(*sources, **given)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def picture(tmp_path) -> Path:
    rng = np.random.default_rng(0)
    path = tmp_path / "set.png"
    small = Image.fromarray(rng.integers(0, 256, (4, 6, 3), np.uint8))
    small.resize((96, 64)).save(path)
    return path


@pytest.fixture
def film(tmp_path) -> Path:
    """64x48, 12 frames."""
    return make_film(tmp_path / "reel.mkv")


@pytest.fixture
def frame(film) -> Path:
    """Frame 3 of the film in colour."""
    with av.open(str(film)) as opened:
        rgb = [shown.to_ndarray(format="rgb24") for shown in opened.decode(video=0)][3]
    path = film.with_name("frame3.png")
    Image.fromarray((rgb * (1.0, 0.8, 0.5)).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def box(tmp_path) -> Path:
    box = tmp_path / "box"
    (box / "sub").mkdir(parents=True)
    (box / "a.png").write_bytes(still(1))
    (box / "sub/b.png").write_bytes(still(2))
    (box / "notes.txt").write_text("words")
    write_zip(box / "more.zip", {"x.png": still(7), "in/y.png": still(8), "read.me": b"words"})
    return box


class TestFinding:
    @pytest.mark.parametrize("ending", ["colours", "colors"])
    def test_beside_a_film(self, film, ending):
        write(film.with_name(f"reel.mkv.{ending}.json"), points=[{**POINT, "frame": 2}])
        assert guides(planned(film))["reel.mkv"].points[0].frame == 2

    def test_both_spellings(self, film):
        for ending in ("colours", "colors"):
            write(film.with_name(f"reel.mkv.{ending}.json"))
        [asset] = planned(film).assets
        beside = film.with_name("reel.mkv.colours.json")
        assert asset.problem == (
            f"{beside}: is there, and so is reel.mkv.colors.json; keep one of them"
        )

    def test_beside_several_sources(self, film, box):
        write(film.with_name("reel.mkv.colours.json"), points=[{**POINT, "frame": 2}])
        write(box / "sub/b.png.colours.json", points=[POINT])
        plan = planned(film, box)
        assert set(guides(plan)) == {"reel.mkv", "b.png"}
        carried = [asset for asset in plan.assets if asset.source.name.endswith(".json")]
        assert [(asset.kind, asset.pending) for asset in carried] == [("other", True)]

    def test_of_an_archive_by_member(self, box, picture):
        write(
            box / "more.zip.colours.json",
            files={"in/y.png": {"points": [POINT]}},
            references=[{"picture": "../set.png"}],
        )
        found = guides(planned(box))["more.zip"]
        assert list(found.files) == ["in/y.png"] and len(found.references) == 1

    def test_a_given_one_by_paths(self, box, tmp_path, picture):
        write(box / "a.png.colours.json", points=[{**POINT, "x": 1}])  # does not count then
        guide = write(
            tmp_path / "guide.json",
            references=[{"picture": "set.png"}],
            files={
                "sub/b.png": {"points": [POINT], "note": "from a letter"},
                "more.zip/in/y.png": {"points": [{**POINT, "x": 2}]},
            },
        )
        found = guides(planned(box, file=guide))
        assert set(found) == {"a.png", "b.png", "more.zip"}
        assert not found["a.png"].points and found["b.png"].points[0].x == 3
        assert {one.references[0].sha256 for one in found.values()} == {sha256(picture)}
        assert list(found["more.zip"].files) == ["in/y.png"]
        archive = next(a for a in planned(box, file=guide).assets if a.source.name == "more.zip")
        assert guide_of(member_text(archive.guide, "in/y.png")).points[0].x == 2
        assert guide_of(member_text(archive.guide, "x.png")).references

    def test_a_given_one_of_one_archive(self, box, tmp_path):
        guide = write(tmp_path / "guide.json", files={"x.png": {"points": [POINT]}})
        assert list(guides(planned(box / "more.zip", file=guide))["more.zip"].files) == ["x.png"]

    def test_nobody_said_anything(self, box, film):
        plan = planned(film, box)
        assert not any(asset.guide for asset in plan.assets) and not plan.guide


class TestOptions:
    def test_are_over_the_file(self, film, frame, picture, tmp_path):
        (tmp_path / "more").mkdir()
        shutil.copy(picture, tmp_path / "more/b.png")
        (tmp_path / "more/notes.txt").write_text("words")
        write(film.with_name("reel.mkv.colours.json"), points=[{**POINT, "frame": 2}])
        found = guides(
            planned(
                film,
                hints=("0:00.1:5,6=grey",),
                key_frames=(f"3={frame}",),
                references=(picture,),
                folders=(tmp_path / "more",),
            )
        )["reel.mkv"]
        assert [point.x for point in found.points] == [5, 3]
        assert found.key_frames[0].frame == 3 and found.references[0].picture == str(picture)
        assert [item.picture for item in found.candidates] == [f"{tmp_path}/more/b.png"]

    def test_of_a_still(self, box):
        found = guides(planned(box / "a.png", hints=("3,4=#2f5d34",)))["a.png"]
        assert (found.points[0].frame, found.points[0].color) == (None, "#2f5d34")

    def test_references_are_of_all(self, box, picture):
        plan = planned(box, references=(picture,))
        assert set(guides(plan)) == {"a.png", "b.png", "more.zip"}
        texts = [asset.guide for asset in plan.assets if asset.kind == "still"]
        assert texts[0] is texts[1]  # a hundred thousand stills hold one text

    def test_hints_are_of_one(self, box):
        said = refused(box, hints=("3,4=grey",))
        assert said.startswith(
            "--hint, --key-frame: are of one film or still, and there are 3; give it alone, or "
            "name each in a guide file"
        )
        assert "and this is an archive" in refused(box / "more.zip", key_frames=("a.png",))

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"hints": ("2:64,4=grey",)}, "--hint 2:64,4=grey: 64 is outside a picture of 64x48"),
            ({"hints": ("3,4=grey",)}, "--hint 3,4=grey: has no frame; say which frame or time"),
            ({"hints": ("12:3,4=grey",)}, "--hint 12:3,4=grey: frame 12 is beyond the end of a f"),
            ({"hints": ("1:00:3,4=grey",)}, "--hint 1:00:3,4=grey: 1:00 is beyond the end of a f"),
            ({"key_frames": ("2=no.png",)}, "--key-frame 2=no.png: "),
            ({"references": (Path("no.png"),)}, "--reference no.png: "),
            ({"folders": (Path("none"),)}, "--references none: "),
            ({"file": Path("none.json")}, "none.json: cannot be read: No such file or directory"),
        ],
    )
    def test_that_cannot_be(self, film, given, said):
        assert refused(film, **given).startswith(said)

    def test_a_folder_without_pictures(self, film, tmp_path):
        (tmp_path / "empty").mkdir()
        said = refused(film, folders=(tmp_path / "empty",))
        assert said.endswith(f"{tmp_path / 'empty'} holds 0 pictures; name a folder of some")


class TestRefusing:
    """What is wrong with a given guide stops the job; one beside a file costs that file alone."""

    @pytest.mark.parametrize(
        ("said", "problem"),
        [
            (
                {"points": [{**POINT, "x": 900, "frame": 1}]},
                "points[0].x: 900 is outside a picture",
            ),
            ({"points": [{**POINT, "frame": 99}]}, "points[0].frame: frame 99 is beyond the end"),
            ({"point": []}, '"point" is no field; did you mean points?'),
            ({"key_frames": [{"frame": 1, "picture": "no.png"}]}, "key_frames[0].picture: "),
            (
                {"key_frames": [{"frame": f, "picture": "set.png"} for f in (1, 1)]},
                "key_frames[1]: is of frame 1, as key_frames[0] is; leave one of them out",
            ),
            (
                {"references": [{"picture": "set.png", "sha256": "0" * 64}]},
                "references[0].picture: ",
            ),
        ],
    )
    def test_of_a_film(self, film, picture, said, problem):
        guide = write(film.with_name("guide.json"), **said)
        assert refused(film, file=guide).startswith(f"{guide}: {problem}")
        beside = write(film.with_name("reel.mkv.colours.json"), **said)
        [asset] = planned(film).assets
        assert asset.problem.startswith(f"{beside}: {problem}") and not asset.guide

    def test_one_of_many(self, box):
        write(box / "a.png.colours.json", points=[{**POINT, "x": 24}])
        write(box / "more.zip.colours.json", files={"z.png": {}})
        problems = {a.source.name: a.problem for a in planned(box).assets if a.problem}
        assert problems == {
            "a.png": f"{box}/a.png.colours.json: points[0].x: 24 is outside a picture of 24x16 "
            "pixels; use 0 to 23",
            "more.zip": f'{box}/more.zip.colours.json: files["z.png"]: no film or still of this '
            f"name is in {box}/more.zip; name members as the archive spells them",
        }

    def test_names_of_no_file(self, box, tmp_path):
        guide = write(tmp_path / "guide.json", files={"c.png": {}, "more.zip/x.png": {}})
        assert refused(box, file=guide) == (
            f"{guide}: files: no film or still c.png is in the sources; name files by their paths "
            "within the source"
        )

    def test_points_of_no_file(self, box, tmp_path):
        guide = write(tmp_path / "guide.json", points=[POINT])
        assert refused(box, file=guide) == (
            f"{guide}: says points, key frames, cuts or shots of no file, and there are several; "
            'put them under "files"'
        )
        assert refused(box / "more.zip", file=guide).startswith(
            f"{guide}: points, key_frames, cuts, shots: are of single files, and this is an arch"
        )

    def test_a_key_frame_of_another_picture(self, film, frame, picture):
        assert planned(film, key_frames=(f"3={frame}",)).assets[0].guide
        said = refused(film, key_frames=(f"3={picture}",))
        assert said.startswith(f"--key-frame 3={picture}: does not show this frame (likeness ")

    def test_a_result_over_a_picture(self, box, picture):
        request = GuideRequest(references=(picture,))
        with pytest.raises(SettingsError, match="is the guide, or a picture of it; give another"):
            make_plan([box / "a.png"], str(picture), Settings(), guide=request)

    def test_what_is_damaged_is_no_fault_of_its_guide(self, tmp_path):
        broken = tmp_path / "a.png"
        broken.write_bytes(still(1)[:60])
        plan = planned(broken, hints=("3,4=grey",))
        assert plan.assets[0].guide and not plan.assets[0].problem


class TestRecord:
    def test_knows_what_was_given(self, box, tmp_path, picture, monkeypatch):
        monkeypatch.chdir(tmp_path)
        request = GuideRequest(references=(Path("set.png"),))
        done = run(box, out=tmp_path / "out", guide=request)
        record = JobFolder(done.plan.folder).record
        assert record is not None and record.guide == request.absolute() == replace(
            request, references=(picture,)
        )

    def test_of_older_versions_have_none(self, box, tmp_path):
        done = run(box, out=tmp_path / "out")
        path = done.plan.folder / "job.json"
        stored = json.loads(path.read_text())
        assert stored.pop("guide") == {}
        path.write_text(json.dumps(stored))
        record = JobRecord.read(path)
        assert record is not None and not record.guide
