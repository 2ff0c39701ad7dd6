"""What a film takes in memory goes by the size of its frames."""

from dataclasses import replace

import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide, Point
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.pipeline.film_memory import exemplars_memory, film_memory
from kinemacolor.engine.pipeline.output_choice import choose_output
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.films import make_film
from tests.engine.tint import tinting_worker


@pytest.fixture
def source(tmp_path):
    return make_film(tmp_path / "film.mkv")


def test_grows_with_frames_and_depth(source):
    info = probe(source)
    lossless, watched = (choose_output(info, Settings(codec=codec)) for codec in ("ffv1", "h264"))
    large = replace(info, width=2 * info.width)
    deep = replace(info, pix_fmt="yuv420p10le")
    took = film_memory(replace(info, pix_fmt="yuv420p"), lossless)
    assert film_memory(replace(large, pix_fmt="yuv420p"), lossless) == 2 * took
    assert film_memory(deep, lossless) == 2 * took
    assert film_memory(replace(info, pix_fmt="yuv420p"), watched) > took
    assert film_memory(replace(info, pix_fmt="yuv444p"), lossless) > took
    finer = choose_output(info, Settings(codec="h264", bit_depth="10", chroma="444"))
    assert film_memory(info, finer) > film_memory(info, watched)
    assert film_memory(replace(info, pix_fmt="yuva420p"), lossless) > took


def test_what_does_not_fit_is_refused_before_it_is_read(source, tmp_path, monkeypatch):
    worker = tinting_worker(monkeypatch, memory="1M")
    read = []
    with pytest.raises(MediaError, match=r"film\.mkv: needs about .* of memory.*--memory"):
        worker.film(source, tmp_path / "out.mkv", lambda: read.append(1))
    with pytest.raises(MediaError, match=r"film\.mkv: needs about .* of memory.*--memory"):
        worker.index(source, lambda: read.append(1))
    assert not read and not (tmp_path / "out.mkv").exists()


def test_exemplars_take_more_the_more_shots_and_given_frames_there_are():
    few, many = FilmGuide(), FilmGuide(shots=tuple(range(0, 40_000, 8)))
    given = FilmGuide(points=tuple(Point(n, 0.5, 0.5, (9.0, 9.0)) for n in (3, 3, 5)))
    needed = [exemplars_memory((256, 448), 40_000, guide) for guide in (few, many, given)]
    assert needed[0] == 6 * 20 * 128 * 224 and needed[2] - needed[0] == 2 * 28 * 256 * 448
    assert needed[1] == 5000 * 20 * 128 * 224


def test_exemplars_that_do_not_fit_are_refused_before_a_frame_is_read(
    source, tmp_path, monkeypatch
):
    worker = tinting_worker(monkeypatch, memory="64K", color_memory=True)
    roomy = tinting_worker(monkeypatch, memory="2G")
    index, read = roomy.index(source, lambda: None), []
    with pytest.raises(MediaError, match=r"film\.mkv: needs about .* of memory.*--memory"):
        worker.exemplars(source, index, "", tmp_path / "exemplars-1", lambda: read.append(1))
    assert not read and not (tmp_path / "exemplars-1").exists()
