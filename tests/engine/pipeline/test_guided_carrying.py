"""The engine's own carrier and encoder in a film: a given frame's colours go with what moves."""

import numpy as np
import pytest

from kinemacolor.engine.guidance.exemplars import exemplar_files
from kinemacolor.engine.guidance.exemplars.exemplar import (
    Authority,
    Exemplar,
    FilmExemplars,
    ShotExemplars,
)
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.pipeline.film_stages import FilmStages
from kinemacolor.engine.pipeline.segmentation import plan_segments
from tests.engine.media.video.films import pictures_of
from tests.engine.tint import pan, tinting_worker, write_grey

FRAMES, GIVEN = 20, 6


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A panning film, coloured whole and in segments by one frame's true colours; and these."""
    folder = tmp_path_factory.mktemp("carrying")
    source = write_grey(folder / "in.mkv", pan(FRAMES))
    with pytest.MonkeyPatch.context() as patch:
        worker = tinting_worker(patch, working_size=64)
    stages = FilmStages(source, worker.settings)
    lights = [stages.lightness(frame) for frame in read_frames(stages.info, salvage=False)]
    # Colours that belong to the photo that the camera pans over: a pixel further in every frame.
    truth = [np.float32(30 * np.sin((np.indices((64, 96))[1] + n) / 9)) for n in range(FRAMES)]
    truth = [np.dstack([plane, -plane]) for plane in truth]
    ones = np.ones((64, 96), np.float32)
    exemplar = Exemplar(lights[GIVEN], truth[GIVEN], ones, Authority.GIVEN, GIVEN, "frame 6")
    exemplars = FilmExemplars((ShotExemplars(0, (exemplar_files.rounded(exemplar),)),))
    exemplar_files.write(exemplars, folder / "exemplars")
    index, seen = worker.index(source, lambda: None), {}
    with pytest.MonkeyPatch.context() as patch:
        plain = FilmStages._recombine

        def keeping(stages, frame):
            seen[frame.index] = frame.ab
            return plain(stages, frame)

        patch.setattr(FilmStages, "_recombine", keeping)
        for longest in (480, 7):
            cut = plan_segments(FRAMES, [0], longest, 3, 6, given=[GIVEN])
            parts = [folder / f"{longest}-{part.start}" for part in cut]
            for part, place in zip(cut, parts, strict=True):
                worker.segment(source, index, part, place, lambda: None, folder / "exemplars")
            worker.assemble(source, index, parts, folder / f"{longest}.mkv")
    return folder, truth, seen


def off(ab, truth):
    """The mean distance in the middle, which was in view all the time."""
    middle = np.s_[8:-8, 24:-24]
    return float(np.linalg.norm(ab[middle] - truth[middle], axis=2).mean())


def test_the_given_frame_has_its_colors(film):
    _, truth, seen = film
    assert np.linalg.norm(seen[GIVEN] - truth[GIVEN], axis=2).mean() < 0.3


def test_colors_move_with_what_they_belong_to(film):
    _, truth, seen = film
    for number in range(FRAMES):
        still = off(truth[GIVEN], truth[number])
        assert off(seen[number], truth[number]) < max(1.5, 0.35 * still)
    assert off(truth[GIVEN], truth[-1]) > 20  # those that stay would be far off


def test_segments_are_the_whole(film):
    folder = film[0]
    pairs = zip(pictures_of(folder / "480.mkv"), pictures_of(folder / "7.mkv"), strict=True)
    assert all(all(map(np.array_equal, one.planes, other.planes)) for one, other in pairs)
