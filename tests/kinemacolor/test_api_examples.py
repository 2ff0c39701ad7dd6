"""The examples in the public names' docstrings run, and every public callable has one."""

import doctest
from fractions import Fraction
from operator import attrgetter

import av
import numpy as np
import pytest
from PIL import Image

import kinemacolor

_EXPLAINED = (
    "Hint",
    "Preview",
    "Report",
    "bench",
    "colorize",
    "colorize_frames",
    "colorize_image",
    "load_network",
    "settings_from_file",
    "Settings.for_purpose",
    "preview",
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a photo and a reel."""
    ramp = np.linspace(0, 255, 48 * 64).reshape(48, 64).astype(np.uint8)
    Image.fromarray(ramp).save(tmp_path / "photo.png")
    with av.open(str(tmp_path / "reel.mkv"), "w") as film:
        video = film.add_stream("ffv1", rate=25)
        video.height, video.width, video.pix_fmt = 48, 64, "gray"
        for number in range(8):
            picture = av.VideoFrame.from_ndarray(np.roll(ramp, number, axis=1), format="gray")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            film.mux(video.encode(picture))
        film.mux(video.encode(None))
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", _EXPLAINED)
def test_runs(name):
    public = attrgetter(name)(kinemacolor)
    finder = doctest.DocTestFinder(recurse=False)
    [test] = finder.find(public, name, globs={})
    assert test.examples
    said = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)
