"""Raw DV: its rate is that of the system, not of the ticks that it is counted in."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest

from kinemacolor.engine.media.kinds import HEAD_BYTES, Kind, kind_of
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import pictures_of, tracks_of
from tests.engine.media.video.raw_dv import write_raw_dv

PAL, NTSC = Fraction(25), Fraction(30000, 1001)


@pytest.mark.parametrize("sound", [True, False])
@pytest.mark.parametrize("rate", [PAL, NTSC])
class TestRawDv:
    def test_has_its_rate_and_length(self, tmp_path, rate, sound):
        info = probe(write_raw_dv(tmp_path / "in.dv", frames=6, rate=rate, sound=sound))
        assert info.rate == rate
        assert info.frames == 6

    @pytest.mark.parametrize("container", ["auto", "mkv", "mp4"])
    def test_is_written_with_its_sound(self, tmp_path, rate, sound, container):
        source = write_raw_dv(tmp_path / "in.dv", frames=6, rate=rate, sound=sound)
        done = pass_film(source, tmp_path, Settings(container=container))
        with av.open(str(done.target)) as film:
            assert film.streams.video[0].average_rate == rate
        times = [picture.time for picture in pictures_of(done.target)]
        grid = Fraction(1, 1000) if done.target.suffix == ".mkv" else Fraction(0)
        assert all(abs(time - n / rate) <= grid for n, time in enumerate(times))
        assert len(times) == 6
        before, after = (
            b"".join(body for t in tracks_of(path) if t.type == "audio" for _, body in t.packets)
            for path in (source, done.target)
        )
        assert before == after
        assert bool(after) == sound


@pytest.mark.parametrize("name", ["tape.dv", "tape.DIF", "tape.bin", "tape"])
def test_is_a_film_whatever_its_name(tmp_path, name):
    content = write_raw_dv(tmp_path / "in.dv", frames=1, rate=PAL).read_bytes()
    assert kind_of(name, content[:HEAD_BYTES]) is Kind.FILM
    assert kind_of("tape.gz", b"\x1f\x8b" + content[2:HEAD_BYTES]) is not Kind.FILM
