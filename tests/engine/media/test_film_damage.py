"""Bad input and bad outputs: one clear line each, and nothing half-written."""

from __future__ import annotations

import errno
import resource
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from engine.errors import MediaError, SettingsError
from engine.media.containers import container_for
from engine.media.film_damage import is_cut_short
from engine.media.film_reader import read_frames
from engine.media.film_writer import FilmWriter
from engine.media.probe import probe
from engine.settings import Settings
from tests.engine.media.film_pass import chroma_of, pass_film
from tests.engine.media.films import make_film, pictures_of

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
        assert (done.reader.missing, done.reader.damaged, done.reader.notes) == (0, 0, ())

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
        assert says(error, "in.mov", "damaged after", "--salvage")
        assert sorted(p.name for p in tmp_path.iterdir()) == ["in.mov"]

    def test_is_salvaged_around_the_damage(self, film, tmp_path):
        done = pass_film(film, tmp_path, Settings(salvage=True))
        assert len(pictures_of(done.target)) == 19
        assert done.reader.missing == 1


class TestTargets:
    def left(self, folder: Path) -> list[str]:
        return sorted(path.name for path in folder.iterdir())

    def test_in_a_folder_that_is_not_there(self, tmp_path):
        info = probe(make_film(tmp_path / "in.mkv"))
        with pytest.raises(MediaError) as error:
            FilmWriter(info, tmp_path / "none" / "out.mkv", Settings())
        assert says(error, "out.mkv", "cannot be written", "No such file")

    def test_without_permission(self, tmp_path, monkeypatch):
        """Tests may run as root, who may write anywhere: the refusal is made up."""
        info = probe(make_film(tmp_path / "in.mkv"))

        def refuse(*_args, **_more):
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Path, "touch", refuse)
        with pytest.raises(MediaError) as error:
            FilmWriter(info, tmp_path / "out.mkv", Settings())
        assert says(error, "out.mkv", "no permission")

    @pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
    def test_on_a_disk_that_fills_up(self, tmp_path, suffix):
        """A limit on the size of files stands for a full disk: writing fails in the same place."""
        source = make_film(tmp_path / f"in{suffix}", **VIDEO, size=(256, 192), frames=60)
        folder = tmp_path / "out"
        folder.mkdir()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        try:
            with pytest.raises(MediaError) as error:
                pass_film(source, folder, Settings(codec="ffv1"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert says(error, f"out{suffix}", "cannot be written", "too large")
        assert self.left(folder) == []

    def test_keep_what_was_there_on_failure(self, tmp_path):
        source = make_film(tmp_path / "in.mkv")
        target = tmp_path / "out.mkv"
        target.write_bytes(b"an earlier result")
        info = probe(source)
        with pytest.raises(RuntimeError), FilmWriter(info, target, Settings()) as writer:
            frame = next(read_frames(info))
            writer.write(frame, *chroma_of(info, frame))
            raise RuntimeError
        assert target.read_bytes() == b"an earlier result"
        assert self.left(tmp_path) == ["in.mkv", "out.mkv"]

    def test_appear_only_when_whole(self, tmp_path):
        info = probe(make_film(tmp_path / "in.mkv"))
        target = tmp_path / "out.mkv"
        with FilmWriter(info, target, Settings()) as writer:
            for frame in read_frames(info):
                writer.write(frame, *chroma_of(info, frame))
            assert not target.exists()
        assert len(pictures_of(target)) == 12

    def test_without_a_frame(self, tmp_path):
        info = probe(make_film(tmp_path / "in.mkv"))
        with (
            pytest.raises(MediaError, match="not one of its frames"),
            FilmWriter(info, tmp_path / "out.mkv", Settings()),
        ):
            pass
        assert self.left(tmp_path) == ["in.mkv"]

    @pytest.mark.parametrize("name", ["out.avi", "out", "out.mp4"])
    def test_of_the_wrong_kind(self, tmp_path, name):
        chosen = Settings(codec="prores")
        info = probe(make_film(tmp_path / "in.mkv"), chosen)
        with pytest.raises(MediaError, match="prores cannot be written"):
            FilmWriter(info, tmp_path / name, chosen)
        assert self.left(tmp_path) == ["in.mkv"]

    def test_too_small_for_the_codec(self, tmp_path):
        chosen = Settings(codec="hevc")
        info = probe(make_film(tmp_path / "in.mkv", size=(8, 8), options={"slices": "1"}), chosen)
        with pytest.raises(MediaError, match="hevc refuses 8x8"):
            FilmWriter(info, tmp_path / "out.mkv", chosen)
        assert self.left(tmp_path) == ["in.mkv"]


class TestSettings:
    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"codec": "h264", "quality": 70}, ("--quality", "0 (best) to 51")),
            ({"codec": "ffv1", "quality": 10}, ("--quality", "no quality")),
            ({"codec": "h264", "preset": "swift"}, ("--preset", "veryfast")),
            ({"codec": "av1", "preset": "slow"}, ("--preset", "13")),
            ({"codec": "prores", "preset": "slow"}, ("--preset", "no presets")),
            ({"codec": "ffv1", "container": "mov"}, ("--container", "mkv or mp4")),
            ({"codec": "prores", "container": "mp4"}, ("--container", "mkv or mov")),
        ],
    )
    def test_that_do_not_go_together_are_named(self, tmp_path, given, words):
        source = make_film(tmp_path / "in.mkv")
        with pytest.raises(SettingsError) as error:
            pass_film(source, tmp_path, Settings(**given))
        assert says(error, *words)
        assert [path.name for path in tmp_path.iterdir()] == ["in.mkv"]

    @pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "prores"])
    def test_more_bits_than_the_codec_has(self, tmp_path, codec):
        source = make_film(tmp_path / "in.mkv", pix_fmt="gray16le", frames=1)
        with pytest.raises(SettingsError, match=r"16 bits .* ffv1"):
            probe(source, Settings(codec=codec))

    def test_quality_reaches_the_encoder(self, tmp_path):
        source = make_film(tmp_path / "in.mkv", size=(128, 96))
        sizes = []
        for quality in (4, 40):
            chosen = Settings(quality=quality)
            sizes.append(pass_film(source, tmp_path, chosen).target.stat().st_size)
        assert sizes[0] > 3 * sizes[1]

    def test_container_is_chosen(self, tmp_path):
        source = make_film(tmp_path / "in.mkv")
        chosen = Settings(container="mp4")
        assert container_for(probe(source, chosen), chosen) == ".mp4"
