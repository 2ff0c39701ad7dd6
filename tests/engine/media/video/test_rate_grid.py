"""A constant rate that a source rounds to milliseconds is constant in what counts finer."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import av
import pytest

from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.rate_grid import rate_grid
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film, pictures_of

RATES = [Fraction(24), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(18), Fraction(16)]


def times_of(path):
    return [shown.time for shown in pictures_of(path)]


@pytest.mark.parametrize(
    ("container", "codec"), [("mov", "h264"), ("mp4", "h264"), ("mov", "prores")]
)
@pytest.mark.parametrize("rate", RATES)
def test_is_constant_again(tmp_path, rate, container, codec):
    source = make_film(tmp_path / "in.mkv", rate=rate, frames=40)
    done = pass_film(source, tmp_path, Settings(container=container, codec=codec))
    assert times_of(done.target) == [n / rate for n in range(40)]
    with av.open(str(done.target)) as film:
        video = film.streams.video[0]
        assert video.average_rate == video.guessed_rate == rate
        assert video.duration * video.time_base == 40 / rate


@pytest.mark.parametrize("start", [1, 500])
def test_starts_when_the_source_does(tmp_path, start):
    rate = Fraction(24)
    pts = [start + round(1000 * n / rate) for n in range(20)]
    source = make_film(tmp_path / "in.mkv", rate=rate, pts=pts)
    done = pass_film(source, tmp_path, Settings(container="mov"))
    assert times_of(done.target) == [Fraction(start, 1000) + n / rate for n in range(20)]


def test_a_varying_rate_stays_as_it_is(tmp_path):
    pts = [0, 42, 83, 125, 170, 208, 250, 292, 400]
    source = make_film(tmp_path / "in.mkv", pts=pts)
    assert rate_grid(probe(source)) is None
    done = pass_film(source, tmp_path, Settings(container="mov"))
    assert times_of(done.target) == [Fraction(time, 1000) for time in pts]


def test_exact_times_have_no_grid(tmp_path):
    assert rate_grid(probe(make_film(tmp_path / "in.mkv", rate=25))) is None
    assert (
        rate_grid(probe(make_film(tmp_path / "in.mov", codec="mjpeg", pix_fmt="yuvj420p"))) is None
    )


def test_sound_stays_with_it(tmp_path):
    source = make_film(tmp_path / "in.mkv", rate=24, frames=30, audio=["aac"])
    done = pass_film(source, tmp_path, Settings(container="mov"))
    starts = []
    for path in (source, done.target):
        with av.open(str(path)) as film:
            starts.append([p.pts * p.time_base for p in film.demux(audio=0) if p.size])
    assert len(starts[0]) == len(starts[1])
    assert all(abs(a - b) <= Fraction(1, 1000) for a, b in zip(*starts, strict=True))
    assert all(a < b for a, b in pairwise(times_of(done.target)))
