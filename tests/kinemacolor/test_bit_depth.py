"""Films of more bits than their sources: light as it is, and colours closer to what was given."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab
from typer.testing import CliRunner

import kinemacolor.engine.pipeline.worker
from kinemacolor.cli.main import app
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.weights import Loaded, identify
from tests.engine.media.video.films import make_film, pictures_of
from tests.engine.tint import Tint, photo, write_grey

SIZE = (64, 96)
AB = (6.3, -11.6)  # of all the given frame


@pytest.fixture(autouse=True)
def network(monkeypatch, tmp_path):
    """A network without weights, and a folder to work in."""
    loaded = Loaded(Tint, *identify("kinema"), {})
    monkeypatch.setattr(kinemacolor.engine.pipeline.worker, "load", lambda model: loaded)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def reel(tmp_path):
    """Three frames of soft light, of full range, and the first in colour."""
    lightness = 35 + photo(*SIZE) / 255.0 * 40
    rgb = lab2rgb(np.dstack([lightness, *(np.full(SIZE, part) for part in AB)]))
    cv2.imwrite(str(tmp_path / "key.png"), np.rint(rgb[..., ::-1] * 65535).astype(np.uint16))
    luma = np.rint(rgb @ [0.2126, 0.7152, 0.0722] * 255).astype(np.uint8)
    return write_grey(tmp_path / "reel.mkv", [luma] * 3)


def colorize(reel, *words):
    fast = ("--device", "cpu", "--working-size", "32", "--no-memory")
    return CliRunner().invoke(app, ["colorize", str(reel), "-o", "out.mkv", *words, *fast])


def decoded(path):
    """The pixel format, and (H, W) planes of the first frame."""
    with av.open(str(path)) as film:
        name = next(film.decode(video=0)).format.name
    return name, pictures_of(path)[0].planes


def distance(planes, depth):
    """How far ab are from those given, in the mean; BT.601, as small films are, in full range."""
    last = 2**depth - 1
    luma, cb, cr = (plane.astype(float) / last for plane in planes)
    cb, cr = (plane - 2 ** (depth - 1) / last for plane in (cb, cr))
    red, blue = luma + 1.402 * cr, luma + 1.772 * cb
    rgb = np.dstack([red, (luma - 0.299 * red - 0.114 * blue) / 0.587, blue])
    return np.abs(rgb2lab(rgb)[..., 1:] - AB).mean()


def test_given_colors_are_held_closer(reel, tmp_path):
    source = pictures_of(reel)[0].planes[0]
    off = {}
    for bits in (8, 10, 12):
        done = colorize(
            reel,
            *("--codec", "ffv1", "--chroma", "444", "--key-frame", "0=key.png"),
            *("--bit-depth", str(bits), "--overwrite"),
        )
        assert done.exit_code == 0, done.output
        name, planes = decoded(tmp_path / "out.mkv")
        assert name == {8: "yuv444p", 10: "yuv444p10le", 12: "yuv444p12le"}[bits]
        np.testing.assert_array_equal(planes[0] >> (bits - 8), source)
        assert np.abs(planes[0] / (2**bits - 1) - source / 255).max() < 0.51 / (2**bits - 1)
        off[bits] = distance(planes, bits)
    assert off[10] < 0.6 * off[8]
    assert off[12] < off[8] / 2


@pytest.mark.parametrize(
    ("pix_fmt", "words", "said"),
    [
        (
            "gray10le",
            ("--bit-depth", "8"),
            "reel.mkv: 8 bits cannot hold the light of a film of 10; leave --bit-depth out\n",
        ),
        (
            "gray",
            ("--bit-depth", "12", "--codec", "h264"),
            "reel.mkv: h264 cannot hold 12 bits at 64x48; leave --bit-depth out, or use --codec",
        ),
        ("gray", ("--bit-depth", "9"), "--bit-depth: '9' is not possible; use auto, 8, 10, 12"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(tmp_path, pix_fmt, words, said):
    reel = make_film(tmp_path / "reel.mkv", pix_fmt=pix_fmt, frames=2)
    done = colorize(reel, *words)
    assert done.exit_code != 0 and not (tmp_path / "out.mkv").exists()
    told = str(done.exception) if isinstance(done.exception, KinemacolorError) else done.output
    assert said in told


def test_another_depth_is_another_result(reel, tmp_path):
    assert colorize(reel, "--bit-depth", "10").exit_code == 0
    done = colorize(reel)
    assert "was made with --bit-depth 10, not auto" in str(done.exception)
    assert decoded(tmp_path / "out.mkv")[0] == "yuv420p10le"
