"""What a person says of colours, on the command line and beside the sources."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import kinemacolor
import kinemacolor.engine.pipeline.worker
from kinemacolor.cli.main import app
from kinemacolor.engine.jobs.state.folder import find_jobs
from kinemacolor.engine.preview import networks
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.weights import Loaded, identify
from tests.engine.fakes import still, write_zip
from tests.engine.media.video.films import make_film
from tests.engine.tint import Tint
from tests.kinemacolor.program import lines, run

FAST = kinemacolor.Settings(device="cpu", working_size=32)


@pytest.fixture
def box(tmp_path):
    """A still, an archive, a film and a picture of the set beside them."""
    box = tmp_path / "box"
    box.mkdir()
    (box / "a.png").write_bytes(still(1))
    write_zip(box / "more.zip", {"x.png": still(7), "y.png": still(8)})
    rgb = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    Image.fromarray(rgb).resize((96, 64)).save(tmp_path / "set.jpg")
    return box


def say(path, **said):
    path.write_text(json.dumps({"version": 1, **said}))
    return path


@pytest.fixture(autouse=True)
def network(monkeypatch, tmp_path):
    """A network without weights, and a folder to work in."""
    loaded = Loaded(Tint, *identify("kinema"), {})
    monkeypatch.setattr(networks, "load", lambda model: loaded)
    monkeypatch.setattr(kinemacolor.engine.pipeline.worker, "load", lambda model: loaded)
    monkeypatch.chdir(tmp_path)


def command(name, *words):
    fast = () if name in ("resume", "retry") else ("--device", "cpu", "--working-size", "32")
    return CliRunner().invoke(app, [name, *map(str, words), *fast])


class TestColorize:
    def test_what_is_said_is_kept_for_later(self, box, tmp_path):
        out = tmp_path / "out"
        done = command("colorize", box, "-o", out, "--reference", "set.jpg", "--no-memory")
        assert done.exit_code == 0, done.output
        [job] = find_jobs(out)
        assert job.record.guide.references == (tmp_path / "set.jpg",)
        assert job.record.settings.color_memory is False
        for name in ("resume", "retry"):
            again = command(name, out)
            assert again.exit_code == 0 and job.record.guide.references
            assert "nothing left to do" in again.output and not command(name, out, "-q").output

    def test_a_sidecar_is_carried_over_as_it_documents(self, box, tmp_path):
        beside = say(box / "a.png.colours.json", points=[{"x": 1, "y": 1, "color": "grey"}])
        done = command("colorize", box, "-o", tmp_path / "out")
        assert done.exit_code == 0 and "Carried over unchanged: 1" in done.output
        assert (tmp_path / "out" / beside.name).read_bytes() == beside.read_bytes()

    def test_a_wrong_sidecar_costs_its_file_alone(self, box, tmp_path):
        say(box / "a.png.colours.json", points=[{"x": 24, "y": 1, "color": "grey"}])
        done = command("colorize", box, "-o", tmp_path / "out")
        assert done.exit_code == 1 and "Failed: 1" in done.output
        assert "a.png.colours.json: points[0].x: 24 is outside a picture of 24x16" in done.output
        assert (tmp_path / "out/more.zip").is_file() and not (tmp_path / "out/a.png").exists()

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--hint", "2,3"], "--hint: '2,3' is no hint; use FRAME:X,Y=COLOUR"),
            (["--hint", "2,3=grey"], "--hint, --key-frame: are of one film or still, and there"),
            (["--key-frame", "3="], "--key-frame: '3=' names no picture; use FRAME=PICTURE"),
            (["--reference", "none.jpg"], "--reference none.jpg: "),
            (["--references", "none"], "--references none: "),
            (["--guide", "none.json"], "none.json: cannot be read: No such file or directory"),
        ],
    )
    def test_wrong_options_stop_everything(self, box, tmp_path, words, said):
        for more in ((), ("--dry-run",)):
            done = command("colorize", box, "-o", tmp_path / "out", *words, *more)
            assert isinstance(done.exception, SettingsError) and not (tmp_path / "out").exists()
            assert str(done.exception).startswith(said)

    def test_a_plan_checks_it_too(self, box, tmp_path):
        say(tmp_path / "guide.json", files={"b.png": {}})
        done = command("plan", box, "--guide", "guide.json")
        assert str(done.exception).startswith("guide.json: files: no film or still b.png is in the")

    def test_wrong_guides_for_machines(self, box, tmp_path):
        guide = say(tmp_path / "guide.json", points=[{"x": 1}])
        done = run("colorize", box, "-o", tmp_path / "out", "--guide", guide, "--json")
        assert done.returncode == 2
        assert done.stderr.splitlines() == [
            f"kinemacolor: {guide}: points[0]: has no y; use pixels from the top, from 0"
        ]
        assert lines(done.stdout)[-1] == {
            "event": "error",
            "subject": f"{guide}: points[0]",
            "problem": "has no y",
            "remedy": "use pixels from the top, from 0",
        }

    def test_memory_is_another_thing(self, box, tmp_path):
        (tmp_path / "kinemacolor.toml").write_text('color-memory = false\nmemory = "4G"\n')
        words = [
            "colorize",
            box,
            "-o",
            "out",
            "--config",
            "kinemacolor.toml",
            "--dry-run",
            "--json",
        ]
        planned = json.loads(command(*words).stdout.splitlines()[0])
        assert planned["settings"]["color_memory"] is False
        assert planned["settings"]["memory"] == "4G"
        planned = json.loads(command(*words, "--color-memory").stdout.splitlines()[0])
        assert planned["settings"]["color_memory"] is True


class TestPrograms:
    def test_colorize(self, box, tmp_path):
        with pytest.raises(SettingsError, match="--hint 99,3=grey: 99 is outside a picture of 24x"):
            kinemacolor.colorize(box / "a.png", "out/", hints=["99,3=grey"])
        with pytest.raises(SettingsError, match=r"--key-frame 0=none.png: cannot be read"):
            kinemacolor.colorize(box / "a.png", "out/", key_frames={0: "none.png"})
        with pytest.raises(SettingsError, match=r"--references .*box: .*has no colours"):
            kinemacolor.colorize(box / "a.png", "out/", references=["set.jpg", box])
        with pytest.raises(SettingsError, match=r"none.json: cannot be read"):
            kinemacolor.colorize(box / "a.png", "out/", guide="none.json")
        assert not (tmp_path / "out").exists()


class TestPreview:
    def test_takes_the_same_options(self, box, tmp_path):
        assert command("preview", box, "--reference", "set.jpg").exit_code == 0
        assert command("preview", box / "a.png", "--hint", "3,4=grey").exit_code == 0
        wrong = command("preview", box / "a.png", "--hint", "30,4=grey")
        assert str(wrong.exception) == (
            "--hint 30,4=grey: 30 is outside a picture of 24x16 pixels; use 0 to 23"
        )

    def test_shows_what_it_does(self, box, tmp_path):
        kinemacolor.colorize(box / "a.png", "out/", settings=FAST, hints=["3,4=#c02020"])
        with Image.open(tmp_path / "out/a.png") as result:
            wanted = np.asarray(result)
        looks = {
            hint: kinemacolor.preview(box / "a.png", settings=FAST, hints=[hint] if hint else [])
            for hint in ("", "3,4=#c02020")
        }
        plain, hinted = (look.pictures[0].after[0] for look in looks.values())
        assert np.array_equal(hinted, wanted) and not np.array_equal(plain, wanted)

    def test_what_is_found_late_names_its_file(self, tmp_path):
        """A shot that is not there is known once the film has been read."""
        reel = make_film(tmp_path / "reel.mkv")
        said = say(tmp_path / "reel.mkv.colours.json", shots=[{"shot": 9, "saturation": 0.5}])
        result = command("preview", reel)
        assert result.exit_code == 1 and f"{reel}: {said}: shots[0]" in result.output
        result = command("preview", reel, "--guide", said)
        assert f"{said}: shots[0]" in result.output and "guide: shots" not in result.output

    def test_a_wrong_sidecar_is_a_problem(self, box):
        say(box / "more.zip.colours.json", files={"z.png": {}})
        result = command("preview", box)
        assert result.exit_code == 1
        assert 'more.zip.colours.json: files["z.png"]: no film or still of this' in result.output
        assert "1 picture in preview.png" in result.output

    def test_guides_reach_the_subjects(self, box, tmp_path):
        from kinemacolor.engine.guidance.guide_file.guide import guide_of
        from kinemacolor.engine.guidance.guide_file.request import GuideRequest
        from kinemacolor.engine.preview.guides import with_guides
        from kinemacolor.engine.preview.subjects import find_subjects

        make_film(box / "reel.mkv")
        shutil.copy(tmp_path / "set.jpg", box.parent / "b.jpg")
        say(box / "reel.mkv.colours.json", cuts=[{"edit": "add", "frame": 5}])
        say(
            box / "more.zip.colours.json",
            files={"y.png": {"points": [{"x": 1, "y": 2, "color": "grey"}]}},
        )
        found = find_subjects(box, salvage=False)
        request = GuideRequest(references=(tmp_path / "set.jpg",))
        with_guides([found], request, kinemacolor.Settings())
        said = {subject.name: guide_of(subject.guide) for subject in found.subjects}
        assert set(said) == {"a.png", "reel.mkv", "more.zip/x.png", "more.zip/y.png"}
        assert all(len(guide.references) == 1 for guide in said.values())
        assert said["reel.mkv"].cuts[0].frame == 5 and not said["more.zip/x.png"].points
        assert said["more.zip/y.png"].points[0].y == 2
