"""What is wrong with a guide by its film's shots is told by the place in its file."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.guidance.guide_file.resolve import resolve
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from tests.engine.fakes import write_zip
from tests.engine.job_runs import run
from tests.engine.jobs import made_up
from tests.engine.media.video.films import make_film

SETTINGS = Settings(segment_frames=10, codec="h264")
TIMES = [number / 25 for number in range(45)]


class Worker(made_up.Worker):
    """It sees whether a guide fits a film of two shots."""

    def exemplars(self, source, index, guide, folder, on_frame):
        resolve(guide, source, (64, 48), TIMES, [0, 20], (0, 45))
        return super().exemplars(source, index, guide, folder, on_frame)

    def film(self, source, target, on_frame, guide=""):
        resolve(guide, source, (64, 48), TIMES, [0, 20], (0, 45))
        return super().film(source, target, on_frame, guide)


@pytest.fixture
def film(tmp_path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return make_film(folder / "reel.mkv", frames=45)


@pytest.fixture
def picture(tmp_path) -> Path:
    path = tmp_path / "set.png"
    pixels = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    Image.fromarray(pixels).resize((96, 64)).save(path)
    return path


def write(path: Path, **said) -> Path:
    path.write_text(json.dumps({"version": 1, **said}))
    return path


def failures(source: Path, folder: Path, **given) -> dict[str, str]:
    worker = Worker(SETTINGS, {})
    request = GuideRequest(**given)
    return run(
        source, out=f"{folder}/out/", worker=worker, settings=SETTINGS, guide=request
    ).failures


def test_of_a_film(film, picture, tmp_path):
    references = [{"picture": str(picture), "shots": [1]}, {"picture": str(picture), "shots": [9]}]
    guide = write(tmp_path / "guide.json", references=references)
    told = failures(film, tmp_path, file=guide, references=(picture,))
    assert told == {
        str(film): f"{guide}: references[1].shots[0]: there is no shot 9 among 2; use 0 to 1"
    }


def test_of_one_film_of_several(film, tmp_path):
    files = {"reel.mkv": {"cuts": [{"edit": "drop", "frame": 5}]}}
    guide = write(tmp_path / "guide.json", files=files)
    [said] = failures(film.parent, tmp_path, file=guide).values()
    assert said.startswith(f'{guide}: files["reel.mkv"].cuts[0].frame: no shot begins at frame 5')


def test_of_a_film_in_an_archive(film, tmp_path):
    box = tmp_path / "box.zip"
    write_zip(box, {"d/f.mkv": film.read_bytes()})
    point = {"frame": 50, "x": 1, "y": 1, "color": "grey"}
    guide = write(tmp_path / "guide.json", files={"d/f.mkv": {"points": [point]}})
    assert failures(box, tmp_path, file=guide) == {
        "d/f.mkv": f'{guide}: files["d/f.mkv"].points[0].frame: frame 50 is beyond the end of a '
        "film of 45 frames; use 0 to 44"
    }


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"shots": [{"shot": 45}]}, "shots[0].shot: there is no shot 45 in a film of 45 frames"),
        ({"shots": [{"shot": 0, "like": 99}]}, "shots[0].like: there is no shot 99 in a film"),
        ({"references": [{"picture": "set.png", "shots": [0, 45]}]}, "references[0].shots[1]: the"),
        ({"cuts": [{"edit": "add", "frame": 0}]}, "cuts[0].frame: frame 0 is the first, where no"),
        ({"cuts": [{"edit": "move", "frame": 9, "to": 45}]}, "cuts[0].to: frame 45 is beyond the"),
    ],
)
def test_what_cannot_be_by_the_number_of_frames_is_found_before_the_job(
    film, picture, tmp_path, said, problem
):
    guide = write(tmp_path / "guide.json", files={"reel.mkv": said})
    with pytest.raises(SettingsError) as caught:
        failures(film.parent, tmp_path, file=guide)
    assert str(caught.value).startswith(f'{guide}: files["reel.mkv"].{problem}')


class TestKeyFrames:
    @pytest.fixture
    def still(self, tmp_path) -> Path:
        place = tmp_path / "still.png"
        Image.open(self.key(tmp_path)).convert("L").save(place)
        return place

    @staticmethod
    def key(folder: Path, size: tuple[int, int] = (90, 60)) -> Path:
        pixels = np.random.default_rng(3).integers(20, 220, (6, 9, 3), np.uint8)
        path = folder / "key.png"
        Image.fromarray(pixels).resize(size).save(path)
        return path

    def notes(self, still: Path, key: Path) -> tuple[str, ...]:
        request = GuideRequest(key_frames=(str(key),))
        plan = make_plan([still], f"{still.parent}/out/", Settings(), guide=request)
        return plan.assets[0].notes

    def test_of_other_proportions_are_told(self, still, tmp_path):
        key = self.key(tmp_path, (90, 68))
        assert self.notes(still, key) == (
            f"--key-frame {key}: 90x68 pixels have other proportions than the frame's 90x60: "
            "it is stretched to the frame",
        )

    def test_of_a_single_pixel_are_told(self, still, tmp_path):
        said = self.notes(still, self.key(tmp_path, (1, 1)))
        proportions, tone = (note.partition("key.png: ")[2] for note in said)
        assert proportions.startswith("1x1 pixels have other proportions than the frame's 90x60")
        assert tone == "shows nothing but one tone, and this frame more"

    @pytest.mark.parametrize("size", [(60, 90), (500, 1)])
    def test_of_quite_other_proportions_are_refused(self, still, tmp_path, size):
        key = self.key(tmp_path, size)
        with pytest.raises(SettingsError, match=r"x\d+ pixels have other proportions than the fr"):
            failures(still, tmp_path, key_frames=(str(key),))

    def test_twice_are_refused(self, film, tmp_path):
        with av.open(str(film)) as opened:
            light = list(opened.decode(video=0))[3].to_ndarray(format="gray")
        key = tmp_path / "key.png"
        Image.fromarray(np.dstack([light, light // 2 + 40, light // 2])).save(key)
        with pytest.raises(SettingsError) as caught:
            failures(film, tmp_path, key_frames=(f"3={key}", f"0:00.13={key}"))
        assert str(caught.value).startswith(
            f"--key-frame 0:00.13={key}: is of frame 3, as --key-frame 3={key} is; leave one"
        )
        with pytest.raises(SettingsError, match=r"ff0000: is where --hint 3:1,1=grey is; "):
            failures(film, tmp_path, hints=("3:1,1=grey", "3:1,1=#ff0000"))

    def test_truncated_ones_know_no_salvage(self, still, tmp_path):
        key = self.key(tmp_path)
        key.write_bytes(key.read_bytes()[:-3000])
        with pytest.raises(SettingsError, match=r"; find a complete copy$"):
            failures(still, tmp_path, key_frames=(str(key),))


def test_of_a_folder_what_is_no_color_picture_is_left_out(film, picture, tmp_path):
    folder = tmp_path / "pics"
    folder.mkdir()
    picture.rename(folder / "set.png")
    Image.new("L", (64, 48)).save(folder / "grey.png")
    (folder / "odd.jpg").mkdir()
    request = GuideRequest(folders=(folder,))
    [asset] = make_plan([film], f"{tmp_path}/out/", Settings(), guide=request).assets
    assert "set.png" in asset.guide and "grey.png" not in asset.guide
    note = f"--references {folder}: {folder}/grey.png: has no colours; left out"
    assert note in asset.notes
    (folder / "set.png").unlink()
    with pytest.raises(SettingsError, match=r"grey.png: has no colours; name a folder of colour"):
        make_plan([film], f"{tmp_path}/out/", Settings(), guide=request)
