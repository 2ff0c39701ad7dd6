"""Frames that indexing keeps for the samples of shots: not read again, and the same exemplars."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide, ShotWish
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.pipeline import film_samples, seen_frames
from kinemacolor.engine.pipeline.film import index_of
from kinemacolor.engine.pipeline.film_exemplars import build_exemplars
from kinemacolor.engine.pipeline.film_stages import FilmStages
from kinemacolor.engine.pipeline.sample_places import sample_places
from kinemacolor.engine.pipeline.seen_frames import SeenFrames
from kinemacolor.engine.settings import Settings
from tests.engine.tint import photo, write_grey

ENCODER = Encoder()
SETTINGS = Settings(working_size=128, device="cpu", codec="ffv1", on_color="recolor")
PLANE = 128 * 192 * 4  # bytes of a frame's lightness


class Tinted:
    """Colours by the lightness itself."""

    batch, calls, fingerprint = 1, 1, "tinted"

    def __call__(self, lightness):
        return [np.dstack([plane / 4, 40 - plane / 4]).astype(np.float32) for plane in lightness]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Three shots of 6, 10 and 4 frames."""
    scenes = [photo(128, 192 + 10, seed) for seed in (1, 2, 3)]
    frames = [
        np.ascontiguousarray(scene[:, n : n + 192])
        for scene, count in zip(scenes, (6, 10, 4), strict=True)
        for n in range(count)
    ]
    return write_grey(tmp_path_factory.mktemp("seen") / "film.mkv", frames)


@pytest.fixture
def sought(monkeypatch):
    """The ranges of frames that were read, as (start, stop)."""
    ranges, read = [], film_samples.read_range

    def noted(info, index, start, stop, **how):
        ranges.append((start, stop))
        return read(info, index, start, stop, **how)

    monkeypatch.setattr(film_samples, "read_range", noted)
    return ranges


def exemplars(path, index, seen=None, shots=None):
    guide = FilmGuide(shots=shots or tuple(index.shots), wishes=(ShotWish(1, like=0),))
    shots = build_exemplars(path, index, guide, Tinted(), ENCODER, SETTINGS, seen=seen).shots
    return [shot.digest for shot in shots]


@pytest.mark.parametrize(
    ("most", "read"),
    [
        (100, []),
        (7, [(11, 12)]),  # the shot of ten does not fit
        (0, [(3, 19)]),
    ],
)
def test_what_fits_is_not_read_again(path, sought, monkeypatch, most, read):
    monkeypatch.setattr(seen_frames, "_MOST", most * PLANE)
    seen = SeenFrames(path)
    index = index_of(path, SETTINGS, lambda: None, seen)
    assert index.shots == [0, 6, 16]
    found = exemplars(path, index, seen)
    assert sought == read
    assert found == exemplars(path, index)


def test_of_a_long_shot_a_few_frames_are_held(monkeypatch, tmp_path):
    scene = photo(64, 96 + 60, 5)
    frames = [np.ascontiguousarray(scene[:, n // 5 : n // 5 + 96]) for n in range(300)]
    path = write_grey(tmp_path / "long.mkv", frames)
    seen, most = SeenFrames(path), 0
    see = seen.see

    def watched(*told, **how):
        nonlocal most
        see(*told, **how)
        most = max(most, len(seen._shot))

    monkeypatch.setattr(seen, "see", watched)
    index = index_of(path, SETTINGS, lambda: None, seen)
    assert index.shots == [0] and 64 <= most <= 128
    [places] = sample_places([0], 300)
    assert [n for n in range(300) if seen.lightness(n, index) is not None] == places
    film = FilmStages(path, SETTINGS)
    with closing(read_frames(film.info)) as decoded:
        for frame in decoded:
            if frame.index in places:
                held = seen.lightness(frame.index, index)
                np.testing.assert_array_equal(held, film.lightness(frame))


def test_what_no_disk_takes_is_read_again(path, sought, monkeypatch):
    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(seen_frames.tempfile, "TemporaryFile", full)
    seen = SeenFrames(path)
    index = index_of(path, SETTINGS, lambda: None, seen)
    found = exemplars(path, index, seen)
    assert sought == [(3, 19)]
    assert found == exemplars(path, index)


def test_a_film_takes_so_much_of_the_disk(path, sought, monkeypatch):
    monkeypatch.setattr(seen_frames, "_MOST_IN_FILE", 2 * PLANE)
    seen = SeenFrames(path)
    index = index_of(path, SETTINGS, lambda: None, seen)
    found = exemplars(path, index, seen)
    assert sought == [(18, 19)]  # of the third shot
    assert found == exemplars(path, index)


def test_places_of_other_shots_are_read(path, sought):
    """A person has joined two shots."""
    seen = SeenFrames(path)
    index = index_of(path, SETTINGS, lambda: None, seen)
    found = exemplars(path, index, seen, shots=(0, 16))
    assert sought == [(8, 9)]
    assert found == exemplars(path, index, shots=(0, 16))


def test_frames_of_another_index_do_not_count(path):
    seen = SeenFrames(path)
    index = index_of(path, SETTINGS, lambda: None, seen)
    assert seen.lightness(3, index) is not None
    assert seen.lightness(4, index) is None  # no place of a sample
    assert seen.lightness(99, index) is None
    other = replace(index, luma_crc32=[crc + 1 for crc in index.luma_crc32])
    assert seen.lightness(3, other) is None
    assert seen.lightness(3, replace(index, damaged=[3])) is None
