"""Where a film goes and how it is encoded: what cannot be written is said, and nothing is lost."""

from __future__ import annotations

import errno
import resource
from pathlib import Path

import av
import numpy as np
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.writer import FilmWriter
from kinemacolor.engine.pipeline.output_choice import choose_container, choose_output
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from tests.engine.media.video.film_pass import chroma_of, pass_film
from tests.engine.media.video.films import make_film, pictures_of

VIDEO = {"codec": "libx264", "pix_fmt": "yuv420p"}


def says(error: pytest.ExceptionInfo, *words: str) -> bool:
    line = str(error.value)
    return "\n" not in line and all(word in line for word in words)


class TestTargets:
    def left(self, folder: Path) -> list[str]:
        return sorted(path.name for path in folder.iterdir())

    def test_in_a_folder_that_is_not_there(self, tmp_path):
        info = probe(make_film(tmp_path / "in.mkv"))
        with pytest.raises(MediaError) as error:
            FilmWriter(info, choose_output(info, Settings()), tmp_path / "none" / "out.mkv")
        assert says(error, "out.mkv", "cannot be written", "No such file")

    def test_without_permission(self, tmp_path, monkeypatch):
        """Tests may run as root, who may write anywhere: the refusal is made up."""
        info = probe(make_film(tmp_path / "in.mkv"))

        def refuse(*_args, **_more):
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Path, "touch", refuse)
        with pytest.raises(MediaError) as error:
            FilmWriter(info, choose_output(info, Settings()), tmp_path / "out.mkv")
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
                pass_film(source, folder, Settings(codec="ffv1", container=suffix[1:]))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert says(error, f"out{suffix}", "cannot be written", "too large")
        assert self.left(folder) == []

    def test_keep_what_was_there_on_failure(self, tmp_path):
        source = make_film(tmp_path / "in.mkv")
        target = tmp_path / "out.mkv"
        target.write_bytes(b"an earlier result")
        info = probe(source)
        spec = choose_output(info, Settings())
        with pytest.raises(RuntimeError), FilmWriter(info, spec, target) as writer:
            frame = next(read_frames(info))
            writer.write(frame, *chroma_of(info, spec, frame))
            raise RuntimeError
        assert target.read_bytes() == b"an earlier result"
        assert self.left(tmp_path) == ["in.mkv", "out.mkv"]

    def test_appear_only_when_whole(self, tmp_path):
        info = probe(make_film(tmp_path / "in.mkv"))
        spec = choose_output(info, Settings())
        target = tmp_path / "out.mkv"
        with FilmWriter(info, spec, target) as writer:
            for frame in read_frames(info):
                writer.write(frame, *chroma_of(info, spec, frame))
            assert not target.exists()
        assert len(pictures_of(target)) == 12

    @pytest.mark.parametrize("codec", ["h264", "hevc"])
    @pytest.mark.parametrize("frames", [1, 2, 3])
    def test_of_hardly_a_frame(self, tmp_path, codec, frames):
        source = make_film(tmp_path / "in.mkv", frames=frames)
        done = pass_film(source, tmp_path, Settings(codec=codec, container="mp4"))
        with av.open(str(done.target)) as film:
            packets = [packet for packet in film.demux(video=0) if packet.size]
        assert len(packets) == frames
        assert all(abs(packet.dts) < 1_000_000 for packet in packets)

    def test_without_a_frame(self, tmp_path):
        info = probe(make_film(tmp_path / "in.mkv"))
        with (
            pytest.raises(MediaError, match="not one of its frames"),
            FilmWriter(info, choose_output(info, Settings()), tmp_path / "out.mkv"),
        ):
            pass
        assert self.left(tmp_path) == ["in.mkv"]

    @pytest.mark.parametrize("name", ["out.avi", "out", "out.mp4"])
    def test_of_the_wrong_kind(self, tmp_path, name):
        chosen = Settings(codec="prores")
        info = probe(make_film(tmp_path / "in.mkv"))
        with pytest.raises(MediaError, match="prores cannot be written"):
            FilmWriter(info, choose_output(info, chosen), tmp_path / name)
        assert self.left(tmp_path) == ["in.mkv"]

    def test_too_small_for_the_codec(self, tmp_path):
        chosen = Settings(codec="hevc")
        info = probe(make_film(tmp_path / "in.mkv", size=(8, 8), options={"slices": "1"}))
        with pytest.raises(MediaError, match="hevc refuses 8x8"):
            FilmWriter(info, choose_output(info, chosen), tmp_path / "out.mkv")
        assert self.left(tmp_path) == ["in.mkv"]


class TestSettings:
    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"codec": "h264", "quality": 70}, ("quality", "use 0 to 51")),
            ({"codec": "ffv1", "quality": 10}, ("--quality", "no quality")),
            ({"codec": "h264", "preset": "swift"}, ("--preset", "veryfast")),
            ({"codec": "av1", "preset": "slow"}, ("--preset", "13")),
            ({"codec": "prores", "preset": "slow"}, ("--preset", "no presets")),
            ({"codec": "ffv1", "container": "mov"}, ("--container", "mkv or mp4")),
            ({"codec": "prores", "container": "mp4"}, ("--container", "mkv or mov")),
            ({"codec": "prores", "chroma": "420"}, ("--chroma", "no 420", "ffv1")),
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
            choose_output(probe(source), Settings(codec=codec))

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
        info = probe(source)
        assert choose_container(info, choose_output(info, chosen), chosen) == ".mp4"


@pytest.mark.parametrize(
    ("given", "pix_fmt"),
    [
        ({"codec": "ffv1"}, "yuv420p"),
        ({"codec": "ffv1", "chroma": "444"}, "yuv444p"),
        ({"codec": "ffv1", "chroma": "422"}, "yuv422p"),
        ({"codec": "prores", "chroma": "444"}, "yuv444p10le"),
        ({"chroma": "444"}, "yuv444p"),
    ],
)
def test_asked_chroma(tmp_path, given, pix_fmt):
    source = make_film(tmp_path / "in.mkv", pix_fmt="gray", codec="ffv1", frames=3)
    with av.open(str(source)) as film:
        before = [frame.to_ndarray() for frame in film.decode(video=0)]
    passed = pass_film(source, tmp_path, Settings(**given))
    assert passed.spec.pix_fmt == pix_fmt
    if passed.spec.codec != "ffv1":  # lossy
        return
    with av.open(str(passed.target)) as film:
        for was, frame in zip(before, film.decode(video=0), strict=True):
            assert frame.format.name == pix_fmt
            height, width = was.shape
            luma = np.frombuffer(frame.planes[0], np.uint8).reshape(height, -1)[:, :width]
            np.testing.assert_array_equal(luma, was)
            chroma = frame.planes[1]
            assert (chroma.height, chroma.width) == passed.spec.chroma_shape
