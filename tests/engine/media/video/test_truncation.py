"""Bad input: one clear line each, and what can be saved is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.truncation import is_cut_short
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film, pictures_of

VIDEO = {"codec": "libx264", "pix_fmt": "yuv420p"}
FAST_START = {"movflags": "faststart"}


def says(error: pytest.ExceptionInfo, *words: str) -> bool:
    line = str(error.value)
    return "\n" not in line and all(word in line for word in words)


class TestProbe:
    def refused(self, path: Path, *words: str) -> None:
        with pytest.raises(MediaError) as error:
            probe(path)
        assert says(error, path.name, *words), error.value

    def test_missing(self, tmp_path):
        self.refused(tmp_path / "none.mkv", "No such file")

    def test_folder(self, tmp_path):
        self.refused(tmp_path, "directory")

    @pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".avi"])
    def test_empty(self, tmp_path, suffix):
        path = tmp_path / f"in{suffix}"
        path.touch()
        self.refused(path, "is empty")

    @pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi", ".mpg"])
    @pytest.mark.parametrize(
        "content",
        [
            b"Dear archive,\nhere is the reel.\n" * 40,
            bytes(5000),
            b"#EXTM3U\nx.ts\n",
            bytes(np.random.default_rng(3).integers(0, 256, 9000, np.uint8)),
        ],
    )
    def test_mislabelled(self, tmp_path, suffix, content):
        path = tmp_path / f"in{suffix}"
        path.write_bytes(content)
        self.refused(path, "not a film")

    @pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP"])
    def test_pictures(self, tmp_path, form):
        path = tmp_path / "in.mp4"
        Image.new("RGB", (32, 24), "grey").save(path, form)
        self.refused(path)

    def test_sound_only(self, tmp_path):
        path = tmp_path / "in.mkv"
        with av.open(str(path), "w") as film:
            stream = film.add_stream("flac", rate=48000, layout="mono")
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.int16), "s16", "mono")
            sound.sample_rate = 48000
            film.mux([*stream.encode(sound), *stream.encode(None)])
        self.refused(path, "no pictures")

    @pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
    def test_no_frames(self, tmp_path, suffix):
        path = make_film(tmp_path / f"in{suffix}", codec="ffv1", frames=0)
        self.refused(path)

    def test_absurd_sizes(self, tmp_path):
        path = make_film(tmp_path / "in.mkv", codec="ffv1", size=(16386, 16), frames=1)
        self.refused(path, "16386x16", "16384")

    def test_undecodable(self, tmp_path):
        path = make_film(tmp_path / "in.mkv", codec="ffv1", frames=3)
        raw = bytearray(path.read_bytes())
        at = raw.find(b"V_FFV1")
        raw[at : at + 6] = b"V_FFVX"
        path.write_bytes(raw)
        self.refused(path, "unknown")

    def test_encrypted(self, tmp_path):
        path = make_film(tmp_path / "in.mp4", **VIDEO, frames=3)
        raw = path.read_bytes()
        at = raw.index(b"avc1", raw.index(b"stsd"))
        path.write_bytes(raw[:at] + b"encv" + raw[at + 4 :])
        self.refused(path, "encrypted")

    def test_cut_before_its_index(self, tmp_path):
        path = make_film(tmp_path / "in.mp4", **VIDEO)
        path.write_bytes(path.read_bytes()[:-600])
        self.refused(path, "cut short", "cannot be decoded")

    @pytest.mark.parametrize("name", ["in.mkv", "in.mp4", "in.avi"])
    def test_of_a_header_alone(self, tmp_path, name):
        path = make_film(tmp_path / name, codec="mpeg4", pix_fmt="yuv420p", rate=25)
        path.write_bytes(path.read_bytes()[:100])
        with pytest.raises(MediaError, match=r"cut short|damaged at its beginning"):
            probe(path)


class TestCutShort:
    @pytest.fixture(
        params=[("in.mkv", {}), ("in.mp4", FAST_START), ("in.mov", FAST_START), ("in.avi", {})],
        ids=lambda p: p[0],
    )
    def film(self, request, tmp_path):
        name, muxer = request.param
        video = (
            VIDEO
            if name != "in.avi"
            else {"codec": "mjpeg", "pix_fmt": "yuvj420p", "time_base": Fraction(1, 24)}
        )
        path = make_film(tmp_path / name, **video, frames=48, muxer=muxer)
        assert not is_cut_short(path)
        return path

    def test_is_refused_with_the_numbers(self, film):
        film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
        info = probe(film)
        with pytest.raises(MediaError) as error:
            read_frames(info)
        assert says(error, film.name, "cut short", "--salvage", "of 48 frames")

    def test_is_salvaged(self, film, tmp_path):
        before = [p.planes[0] for p in pictures_of(film)]
        film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
        done = pass_film(film, tmp_path, Settings(salvage=True, codec="ffv1"))
        after = pictures_of(done.target)
        assert 8 < len(after) < 40
        assert done.reader.missing == 48 - len(after)
        assert any("missing" in note for note in done.reader.notes)
        for old, new in zip(before[: len(after) - 1], after[:-1], strict=True):
            np.testing.assert_array_equal(new.planes[0], old)

    def test_says_nothing_of_a_whole_film(self, film, tmp_path):
        done = pass_film(film, tmp_path, Settings(salvage=True))
        assert (done.reader.missing, done.reader.notes) == (0, ())

    @pytest.mark.parametrize("more", [b"", b"\0" * 4096, b"trailing junk, as some tools leave it"])
    def test_is_not_said_of_a_film_with_more_behind(self, film, more):
        film.write_bytes(film.read_bytes() + more)
        assert not is_cut_short(film)


class TestBrokenInside:
    @pytest.fixture
    def film(self, tmp_path):
        """A film in which one frame of twenty is noise that its decoder refuses."""
        path = make_film(tmp_path / "in.mov", codec="prores_ks", pix_fmt="yuv422p10le", frames=20)
        with av.open(str(path)) as film:
            tenth = [bytes(p) for p in film.demux(video=0) if p.size][10]
        raw = path.read_bytes()
        assert raw.count(tenth) == 1
        path.write_bytes(raw.replace(tenth, bytes(len(tenth))))
        return path

    def test_is_refused(self, film, tmp_path):
        with pytest.raises(MediaError) as error:
            pass_film(film, tmp_path)
        assert says(error, "in.mov", "is damaged: 1 frame is missing: 10 (0.417 s)", "--salvage")
        assert sorted(p.name for p in tmp_path.iterdir()) == ["in.mov"]

    def test_is_salvaged_around_the_damage(self, film, tmp_path):
        done = pass_film(film, tmp_path, Settings(salvage=True))
        assert len(pictures_of(done.target)) == 19
        assert done.reader.missing == 1
