"""The samples: made alike every time, grey, and with everything that a job has to keep."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from examples import sample_reel, samples

SHOT = 6


@pytest.fixture(scope="module")
def short_shots():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample_reel, "SHOT", SHOT)
        yield


@pytest.fixture(scope="module")
def reel(short_shots, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("reel") / samples.REEL
    samples.write_reel(path)
    return path


@pytest.fixture(scope="module")
def planes(reel: Path) -> list[list[np.ndarray]]:
    with av.open(str(reel)) as film:
        frames = [frame.to_ndarray(format="yuv420p") for frame in film.decode(video=0)]
    height = sample_reel.HEIGHT
    return [[frame[:height], frame[height:]] for frame in frames]


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("archive") / samples.ARCHIVE
    samples.write_archive(path)
    return path


def _picture(archive: Path, name: str) -> Image.Image:
    with zipfile.ZipFile(archive) as file:
        return Image.open(io.BytesIO(file.read(name)))


class TestReel:
    def test_the_same_every_time(self, reel: Path, tmp_path: Path) -> None:
        samples.write_reel(tmp_path / "again.mp4")
        assert (tmp_path / "again.mp4").read_bytes() == reel.read_bytes()
        assert [path.name for path in tmp_path.iterdir()] == ["again.mp4"]

    def test_pictures_are_grey(self, planes: list[list[np.ndarray]]) -> None:
        assert len(planes) == 3 * SHOT
        for luma, chroma in planes:
            assert luma.shape == (480, 640)
            assert (chroma == 128).all()

    def test_three_shots_cut_hard_between_fades(self, planes: list[list[np.ndarray]]) -> None:
        lumas = [luma.astype(float) for luma, _ in planes]
        steps = [np.abs(b - a).mean() for a, b in pairwise(lumas)]
        cuts = {SHOT - 1, 2 * SHOT - 1}
        assert set(np.argsort(steps)[-2:]) == cuts
        assert lumas[0].mean() < lumas[SHOT - 1].mean() / 2
        assert lumas[-1].mean() < lumas[2 * SHOT].mean() / 2

    def test_is_a_standard_definition_transfer(self, reel: Path) -> None:
        with av.open(str(reel)) as film:
            video = film.streams.video[0]
            assert (video.codec_context.name, video.average_rate) == ("h264", 24)
            context = video.codec_context
            assert (context.color_range, context.colorspace, context.color_primaries) == (1, 6, 6)

    def test_has_sound_as_long_as_the_pictures(self, reel: Path) -> None:
        with av.open(str(reel)) as film:
            assert film.streams.audio[0].codec_context.name == "aac"
            samples_ = np.concatenate([frame.to_ndarray()[0] for frame in film.decode(audio=0)])
        assert abs(len(samples_) / 48_000 - 3 * SHOT / 24) < 0.06
        assert 0.03 < samples_.std() < 0.3
        assert np.abs(samples_).max() < 0.9

    def test_has_chapters_and_a_title(self, reel: Path) -> None:
        with av.open(str(reel)) as film:
            chapters = film.chapters()
            metadata = film.metadata
        assert [chapter["metadata"]["title"] for chapter in chapters] == [
            "On the lawn",
            "The pilot",
            "Chelsea",
        ]
        starts = [float(chapter["start"] * chapter["time_base"]) for chapter in chapters]
        assert starts == pytest.approx([0, SHOT / 24, 2 * SHOT / 24], abs=1e-3)
        assert metadata["title"] == "Kinemacolor sample reel"
        assert metadata["comment"].count("public domain") == 1
        assert metadata["comment"].count("CC0") == 2


class TestArchive:
    def test_the_same_every_time(self, archive: Path, tmp_path: Path) -> None:
        samples.write_archive(tmp_path / "again.zip")
        assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()

    def test_every_format_is_there(self, archive: Path) -> None:
        with zipfile.ZipFile(archive) as file:
            names = file.namelist()
            assert b"CC0" in file.read("CREDITS.txt")
        formats = {_picture(archive, name).format for name in names if name != "CREDITS.txt"}
        assert formats == {"JPEG", "PNG", "TIFF", "WEBP"}
        assert len(names) == 9

    def test_all_are_grey(self, archive: Path) -> None:
        with zipfile.ZipFile(archive) as file:
            names = [name for name in file.namelist() if not name.endswith(".txt")]
        for name in names:
            picture = _picture(archive, name)
            if picture.mode == "RGB":
                pixels = np.asarray(picture).astype(int)
                assert np.ptp(pixels, axis=2).max() <= 3, name  # lossy WebP rounds
            else:
                assert picture.mode in ("L", "I;16"), name

    @pytest.mark.parametrize("name", ["people/cameraman.png", "places/wall.tif"])
    def test_sixteen_bits_are_used(self, archive: Path, name: str) -> None:
        picture = _picture(archive, name)
        assert picture.mode == "I;16"
        assert len(np.unique(np.asarray(picture))) > 5000

    def test_one_is_stored_on_its_side(self, archive: Path) -> None:
        picture = _picture(archive, "people/pilot.jpg")
        assert picture.getexif()[0x0112] == 6
        assert picture.getexif()[0x010E] == "The pilot in her suit"
        upright = np.asarray(ImageOps.exif_transpose(picture)).astype(float)
        error = np.abs(upright - samples.photo("astronaut")).mean()
        assert error < 3 < np.abs(np.asarray(picture) - samples.photo("astronaut")).mean()

    def test_every_photo_has_its_credit(self) -> None:
        for word in ("Astronaut", "Cameraman", "Rocket", "Coffee", "Chelsea", "Grass", "Bricks"):
            line = next(line for line in samples.CREDITS.splitlines() if line.startswith(word))
            assert line.endswith(("; CC0.", "; public domain."))
