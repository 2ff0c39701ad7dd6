"""Jobs over sources in colour: given back as they are, under their own names, and counted."""

from __future__ import annotations

import io
import json
import os

import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.jobs.reporting.status import status_of
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.settings import Settings
from tests.engine.fakes import read_archive, write_zip
from tests.engine.in_color import GREY, SEPIA, colored_shot, tinted_shot, write_color
from tests.engine.job_runs import run
from tests.engine.tint import tinting_worker


def encoded(rgb, form="PNG"):
    target = io.BytesIO()
    Image.fromarray(rgb).save(target, form, **({"quality": 95} if form == "JPEG" else {}))
    return target.getvalue()


@pytest.fixture
def box(tmp_path):
    """Stills and films in colour, grey and of one hue."""
    box = tmp_path / "box"
    box.mkdir()
    size = (96, 128)
    (box / "colour.jpg").write_bytes(encoded(colored_shot(1, size=size)[0], "JPEG"))
    (box / "colour.png").write_bytes(encoded(colored_shot(1, 7, size)[0]))
    (box / "sepia.png").write_bytes(encoded(tinted_shot(1, SEPIA, size=size)[0]))
    (box / "grey.png").write_bytes(encoded(tinted_shot(1, GREY, size=size)[0]))
    write_color(box / "colour.avi", colored_shot(8))
    write_color(box / "grey.mkv", tinted_shot(8, GREY))
    for number, path in enumerate(sorted(box.iterdir())):
        os.utime(path, (1e9 + number, 1e9 + number))
    return box


@pytest.fixture
def job(monkeypatch, box, tmp_path):
    """Runs the job over the box, with a network without weights."""

    def again(out=None, *sources, keep_records=False, overwrite=False, **settings):
        defaults = {"working_size": 32, "device": "cpu", "codec": "ffv1", "on_color": "keep"}
        settings = defaults | settings
        worker = tinting_worker(monkeypatch, **settings)
        return run(
            *(sources or [box]),
            out=out or tmp_path / "out",
            worker=worker,
            settings=Settings(**settings),
            overwrite=overwrite,
            keep_records=keep_records,
        )

    return again


IN_COLOR = ("colour.avi", "colour.jpg", "colour.png")


def notes(done, name):
    [event] = [
        e for e in done.events if e["event"] != "started" and e.get("asset", "").endswith(name)
    ]
    return " ".join(event.get("notes", ()))


class TestKeep:
    def test_gives_back_what_is_in_color_and_colors_the_rest(self, job, box, tmp_path):
        done = job()
        assert [os.path.basename(n) for n in sorted(done.names(State.CARRIED))] == [*IN_COLOR]
        assert len(done.names(State.DONE)) == 3 and not done.failures
        for name in IN_COLOR:
            copy = tmp_path / "out" / name
            assert copy.read_bytes() == (box / name).read_bytes()
            assert copy.stat().st_mtime == (box / name).stat().st_mtime
            assert "given back as it is; --on-color recolor" in notes(done, name)
        assert "its one hue (sepia) was replaced" in notes(done, "sepia.png")
        assert "hue" not in notes(done, "grey.png")
        assert Image.open(tmp_path / "out/grey.png").mode == "RGB"

    def test_tells_that_a_guide_has_no_effect(self, job, box):
        point = {"x": 5, "y": 5, "color": "grey"}
        for name, said in (("colour.png", point), ("colour.avi", point | {"frame": 0})):
            guide = {"version": 1, "points": [said]}
            (box / f"{name}.colours.json").write_text(json.dumps(guide))
        done = job()
        told = "what was said of its colours has no effect"
        assert told in notes(done, "colour.png") and told in notes(done, "colour.avi")
        assert told not in notes(done, "colour.jpg")

    def test_twice_is_done_once(self, job, box, tmp_path):
        job(container="mkv")
        again = job(container="mkv")
        assert len(again.names(State.SKIPPED)) == 6 and not again.names(State.CARRIED)
        [folder] = (tmp_path / "out/.kinemacolor").iterdir()
        status = status_of(JobFolder(folder))
        assert status.files_done == status.files == 6

    def test_of_a_changed_source_is_done_again(self, job, box, tmp_path):
        job(container="mkv")
        write_color(box / "colour.avi", colored_shot(9, 21))
        assert [os.path.basename(n) for n in job(container="mkv").names(State.CARRIED)] == [
            "colour.avi"
        ]
        copy = tmp_path / "out/colour.avi"
        assert copy.read_bytes() == (box / "colour.avi").read_bytes()

    @pytest.mark.parametrize(
        ("settings", "name"),
        [
            ({"container": "mkv"}, "colour.avi"),
            ({"suffix": "_c"}, "colour.png"),
            ({"suffix": "_c"}, "colour.avi"),
        ],
    )
    def test_leaves_files_their_own_names(self, job, box, tmp_path, settings, name):
        done = job(tmp_path / "out", box / name, **settings)
        assert [p.name for p in (tmp_path / "out").iterdir() if p.is_file()] == [name]
        assert len(done.names(State.CARRIED)) == 1

    @pytest.mark.parametrize(
        ("name", "asked", "given"),
        [("colour.png", "x.png", "x.png"), ("colour.avi", "x.mkv", "x.avi")],
    )
    def test_of_a_single_file_is_under_the_name_asked_for(
        self, job, box, tmp_path, name, asked, given
    ):
        job(tmp_path / asked, box / name)
        assert (tmp_path / given).read_bytes() == (box / name).read_bytes()
        assert asked == given or not (tmp_path / asked).exists()

    def test_replaces_no_other_file(self, job, box, tmp_path):
        (tmp_path / "out").mkdir()
        other = tmp_path / "out/colour.avi"
        other.write_bytes(b"somebody's")
        done = job(tmp_path / "out", box / "colour.avi", container="mkv")
        assert "is another file" in str(done.failures)
        assert other.read_bytes() == b"somebody's"

    @pytest.mark.parametrize("name", ["colour.png", "colour.avi"])
    def test_makes_nothing_where_its_place_is_the_source(self, job, box, name):
        before = (box / name).read_bytes()
        for records in (False, True, True):  # the third time the records tell
            done = job(box, box / name, suffix="_c", keep_records=records)
            assert done.names(State.SKIPPED) == [str(box / name)]
            [told] = [event for event in done.events if event["event"] == "skipped"]
            assert told["reason"] == (
                "is in colour already; nothing was made; --on-color recolor colours it anew"
            )
            assert not any("given back" in note for note in told.get("notes", ()))
        assert (box / name).read_bytes() == before
        assert len([path for path in box.iterdir() if path.is_file()]) == 6

    def test_makes_nothing_under_another_name_beside_the_source(self, job, box):
        done = job(box / "colour.mkv", box / "colour.avi")
        assert done.names(State.SKIPPED) == [str(box / "colour.avi")]
        assert not (box / "colour.mkv").exists()

    def test_in_an_archive_keeps_members_as_they_are(self, job, box, tmp_path):
        names = [*IN_COLOR, "grey.png", "grey.mkv"]
        source = write_zip(tmp_path / "all.zip", {n: (box / n).read_bytes() for n in names})
        done = job(tmp_path / "out", source)
        members = read_archive(tmp_path / "out/all.zip")
        for name in IN_COLOR:
            assert members[name] == (box / name).read_bytes()
        assert members["grey.png"] != (box / "grey.png").read_bytes()
        assert len(done.names(State.CARRIED)) == 3 and not done.failures


class TestOtherwise:
    def test_recolor_colors_all_and_tells(self, job, box, tmp_path):
        done = job(on_color="recolor", container="mkv")
        assert len(done.names(State.DONE)) == 6
        for name in IN_COLOR:
            assert "was in colour already: coloured anew" in notes(done, name)
        assert (tmp_path / "out/colour.mkv").is_file()

    def test_fail_refuses_these_alone(self, job, box, tmp_path):
        done = job(on_color="fail")
        assert {os.path.basename(name) for name in done.failures} == {*IN_COLOR}
        assert all("is in colour already" in reason for reason in done.failures.values())
        left = {path.name for path in (tmp_path / "out").iterdir() if path.is_file()}
        assert left == {"sepia.png", "grey.png", "grey.mkv"}

    def test_of_another_run_is_refused_like_any_setting(self, job):
        job()
        with pytest.raises(Exception, match="on-color"):
            job(on_color="recolor")


def test_pixels_of_a_still_given_back_are_its_own(job, box, tmp_path):
    job(tmp_path / "out", box / "colour.png")
    same = [np.asarray(Image.open(folder / "colour.png")) for folder in (box, tmp_path / "out")]
    np.testing.assert_array_equal(*same)
