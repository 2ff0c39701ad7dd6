"""Clips are read alike from films and folders, and made grey as a lossless film."""

import numpy as np
import pytest

from benchmarks.clips import (
    Clip,
    film_frames,
    find_clips,
    grey_of,
    luma_of,
    write_grey,
    write_picture,
)
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.probe import probe
from tests.benchmarks.color_clips import color_pan, write_color_film, write_pictures


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("clips")
    write_pictures(place / "bear", color_pan(5))
    write_color_film(place / "goat.mkv", color_pan(5))
    (place / "empty").mkdir()
    (place / "readme.txt").write_text("Clips.")
    return place


def test_films_and_folders_of_pictures_are_found_and_read_alike(folder):
    bear, goat = find_clips(folder, most=4)
    assert (bear.name, goat.name) == ("bear", "goat")
    for ours, theirs, codes in zip(bear.frames(), goat.frames(), color_pan(5), strict=False):
        np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(ours, codes.astype(np.float32) / 255)
    assert [sum(1 for _ in clip.frames()) for clip in (bear, goat)] == [4, 4]


def test_a_changed_clip_has_another_digest(tmp_path):
    place = write_pictures(tmp_path / "bear", color_pan(3))
    before = Clip(place).digest()
    assert before == Clip(place, most=2).digest()
    write_picture(next(Clip(place).frames()) * 0.5, place / "00001.png")
    assert Clip(place).digest() != before


def test_what_is_no_picture_is_told(tmp_path):
    place = write_pictures(tmp_path / "bear", color_pan(2))
    (place / "00002.png").write_bytes(b"none")
    with pytest.raises(MediaError, match=r"00002\.png"):
        list(Clip(place).frames())


def test_a_grey_film_has_the_luma_of_the_frames(folder, tmp_path):
    frames = list(Clip(folder / "bear").frames())
    write_grey(frames, tmp_path / "grey.mkv")
    info = probe(tmp_path / "grey.mkv")
    assert info.pix_fmt == "gray" and not info.encoding.full_range
    assert info.encoding.matrix == "bt709"
    for rgb, grey in zip(frames, film_frames(tmp_path / "grey.mkv"), strict=True):
        np.testing.assert_allclose(grey, grey_of(rgb), atol=1e-6)
        assert np.abs(luma_of(grey) - luma_of(rgb)).max() <= 0.5 / 219 + 1e-6
