"""A preview's frames have the planes of the finished film, wherever in the film they are."""

from __future__ import annotations

import json
from concurrent.futures import Future
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

import kinemacolor
from kinemacolor.engine.media.video import numbered_frames
from kinemacolor.engine.preview import networks
from kinemacolor.engine.preview.chosen_frames import ChosenFrames
from kinemacolor.engine.preview.films import color_planes
from kinemacolor.engine.preview.guided import FilmGuidance, Guidance
from kinemacolor.engine.preview.run import Way
from kinemacolor.models.weights import Loaded
from tests.engine.media.video.films import pictures_of
from tests.engine.tint import Tint, cut_after_still, pan, tinting_worker, write_grey

SHOTS = (40, 5, 50)  # frames; the second is shorter than smoothing reaches to both sides
CUTS = (40, 45)
FRAMES = sum(SHOTS)
# Middles of shots, the film's ends, both sides of both cuts.
NUMBERS = [0, 1, 20, 38, 39, 40, 42, 44, 45, 46, 70, 93, 94]


class Steep(Tint):
    """A network whose colours depend on all of a picture, so that a wrong key frame shows."""

    def forward(self, lightness, hints=None):
        return super().forward(lightness, hints) + lightness.mean() / 4 - 12


@pytest.fixture
def network(monkeypatch):
    """The same network without weights, for jobs and for previews."""
    tinting_worker(monkeypatch, Steep())
    monkeypatch.setattr(networks, "load", lambda _: Loaded(Steep, "steep", "0" * 64, {}))


def write_reel(path, *, rotation=0, aspect=None, shots=SHOTS):
    """Shots as H.264 with B-frames and a key frame every 24."""
    frames = [frame for seed, length in enumerate(shots) for frame in pan(length, seed=seed)]
    options = {"crf": "10", "g": "24", "bf": "2", "sc_threshold": "0"}
    with av.open(str(path), "w") as film:
        video = film.add_stream("libx264", rate=25, options=options)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        if aspect:
            video.codec_context.sample_aspect_ratio = aspect
        if rotation:
            video.set_display_rotation(rotation)
        for number, grey in enumerate(frames):
            planes = np.concatenate([grey, np.full((32, 96), 128, np.uint8)])
            picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            film.mux(video.encode(picture))
        film.mux(video.encode(None))
    return path


def colored(reel, settings):
    """The planes of every frame of the finished film."""
    target = reel.with_name("result.mkv")
    assert kinemacolor.colorize(reel, target, settings=settings, overwrite=True).ok
    return [picture.planes for picture in pictures_of(target)]


def previewed(film, numbers, *settings, guide=""):
    """Numbers and planes of some frames, in every column."""
    scratch = film.info.path.with_name("scratch")
    scratch.mkdir(exist_ok=True)
    guidance = FilmGuidance(film, guide, Guidance(scratch))
    columns = [Way(one, ready(networks.PreviewNetwork(one))) for one in settings]
    for number in numbers:
        for one in color_planes(film, number, columns, guidance):
            assert one.frame.index == number
            yield number, [one.luma, one.cb, one.cr]


def ready(network):
    """A network that is there, where one that is being loaded is wanted."""
    future = Future()
    future.set_result(network)
    return future


def settings_with(**changes):
    defaults = {"working_size": 32, "device": "cpu", "codec": "ffv1", "backend": "eager"}
    defaults |= {"color_memory": False}  # which takes its time
    return kinemacolor.Settings(**(defaults | changes))


def assert_same(found, wanted):
    assert len(found) == len(wanted) == 3
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.usefixtures("network")
class TestPlanes:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"segment_frames": 17},
            {"color_every": "1", "smoothing_window": 0},
            {"color_every": "10", "smoothing_window": 5, "saturation": 1.4},
            {"bit_depth": "10", "chroma": "444"},
        ],
    )
    def test_are_those_of_the_job(self, tmp_path, changes):
        reel, settings = write_reel(tmp_path / "reel.mkv"), settings_with(**changes)
        whole = colored(reel, settings)
        assert len(whole) == FRAMES
        for number, planes in previewed(ChosenFrames(reel, settings, 3), NUMBERS, settings):
            assert_same(planes, whole[number])

    def test_behind_a_cut_that_only_the_stillness_before_it_tells(self, tmp_path):
        reel = write_grey(tmp_path / "reel.mkv", cut_after_still(25, 35))
        settings = settings_with()
        whole = colored(reel, settings)
        film = ChosenFrames(reel, settings, 3)
        for number, planes in previewed(film, [5, 27, 30, 40], settings):
            assert_same(planes, whole[number])

    def test_of_a_turned_film_with_oblong_pixels(self, tmp_path):
        reel = write_reel(tmp_path / "reel.mp4", rotation=90, aspect=Fraction(4, 3))
        settings = settings_with()
        whole = colored(reel, settings)
        film = ChosenFrames(reel, settings, 3)
        for number, planes in previewed(film, [20, 70], settings):
            assert_same(planes, whole[number])

    def test_of_a_film_whose_packets_tell_no_times(self, tmp_path, monkeypatch):
        monkeypatch.setattr(numbered_frames, "frame_times", lambda info: None)
        reel, settings = write_reel(tmp_path / "reel.avi"), settings_with()
        whole = colored(reel, settings)
        film = ChosenFrames(reel, settings, 3)
        for number, planes in previewed(film, [0, 38, 70], settings):
            assert_same(planes, whole[number])

    def test_of_columns_with_contexts_of_their_own(self, tmp_path):
        reel = write_reel(tmp_path / "reel.mkv")
        ways = [settings_with(), settings_with(color_every="10", smoothing_window=6)]
        film = ChosenFrames(reel, ways[0], 3)
        found = [planes for _, planes in previewed(film, [70], *ways)]
        for planes, settings in zip(found, ways, strict=True):
            assert_same(planes, colored(reel, settings)[70])
        assert any((found[0][c] != found[1][c]).any() for c in (1, 2))

    def test_of_a_large_film_numbered_by_its_rate(self, tmp_path, monkeypatch):
        monkeypatch.setattr(numbered_frames, "LARGE", 0)
        reel, settings = write_reel(tmp_path / "reel.mkv"), settings_with()
        film = ChosenFrames(reel, settings, 3)
        assert not film.numbers.exact
        whole = colored(reel, settings)
        for number, planes in previewed(film, NUMBERS, settings):
            assert_same(planes, whole[number])

    def test_chosen_frames_are_from_the_middles_of_shots(self, tmp_path):
        reel = write_reel(tmp_path / "reel.mkv")
        chosen = ChosenFrames(reel, settings_with(), 3).chosen
        middles = [(0 + 40) / 2, (40 + 45) / 2, (45 + 95) / 2]
        assert len(chosen) == 3
        for number, middle, length in zip(chosen, middles, SHOTS, strict=True):
            assert abs(number - middle) <= length / 6 + 1

    def test_an_excerpt_has_the_colors_of_the_whole(self, tmp_path):
        reel = write_reel(tmp_path / "reel.mkv")
        whole = colored(reel, settings_with())
        film = ChosenFrames(reel, settings_with(frames="50-79"), 4)
        assert film.part == (50, 80) and all(50 <= number < 80 for number in film.chosen)
        found = previewed(film, film.chosen, settings_with(frames="50-79"))
        for number, planes in found:
            assert_same(planes, whole[number])

    def test_of_a_guided_film(self, tmp_path):
        reel = write_reel(tmp_path / "reel.mkv", shots=(8, 10))
        settings = settings_with(color_memory=True)
        rgb = np.dstack([pan(10, seed=1)[3]] * 3) * (0.4, 0.7, 1.0)  # blue, green, red
        cv2.imwrite(str(tmp_path / "key.png"), rgb)
        said = {"key_frames": [{"frame": 11, "picture": str(tmp_path / "key.png")}]}
        said |= {"cuts": [{"edit": "add", "frame": 14}]}
        guide = json.dumps({"version": 1, **said})
        reel.with_name("reel.mkv.colours.json").write_text(guide)
        whole = colored(reel, settings)
        film = ChosenFrames(reel, settings, 3)
        for number, planes in previewed(film, [4, 11, 13, 14], settings, guide=guide):
            assert_same(planes, whole[number])
        [(_, unguided)] = previewed(film, [11], settings_with())
        assert any((unguided[c] != whole[11][c]).any() for c in (1, 2))
