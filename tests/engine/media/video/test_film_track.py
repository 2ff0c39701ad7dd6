"""The track that is the film is coloured; other picture tracks are copied and told."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest
from av.stream import Disposition

from kinemacolor.engine.media.video.probe import probe
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import FORMATS, picture, tracks_of

CODECS = {".mkv": "mpeg4", ".mp4": "mpeg4", ".mov": "mjpeg", ".avi": "mpeg4", ".ts": "mpeg2video"}


def write_tracks(path, *tracks):
    """Write a film of picture tracks, each a tuple of frames, size and default or not."""
    codec = CODECS[path.suffix]
    with av.open(str(path), "w", format=FORMATS[path.suffix]) as film:
        packets = []
        streams = []
        for _, size, default in tracks:
            stream = film.add_stream(
                codec, rate=25, pix_fmt="yuvj420p" if codec == "mjpeg" else "yuv420p"
            )
            stream.width, stream.height = size
            stream.codec_context.time_base = Fraction(1, 25)
            stream.disposition = Disposition.default if default else Disposition(0)
            streams.append(stream)
        film.start_encoding()
        for stream, (frames, size, _) in zip(streams, tracks, strict=True):
            for index in range(frames):
                frame = picture(index, stream.pix_fmt, size)
                frame.pts, frame.time_base = index, Fraction(1, 25)
                packets += stream.encode(frame)
            packets += stream.encode(None)
        for packet in sorted(packets, key=lambda packet: (packet.dts, packet.stream.index)):
            film.mux(packet)
    return path


SMALL, LARGE = (48, 32), (96, 64)


@pytest.mark.parametrize("suffix", CODECS)
class TestTheFilm:
    @pytest.mark.parametrize("film", [0, 1])
    def test_is_not_a_poster(self, tmp_path, suffix, film):
        """Not even of a larger one, that says it is the default."""
        tracks = [(1, LARGE, True), (1, LARGE, True)]
        tracks[film] = (10, SMALL, False)
        source = write_tracks(tmp_path / f"in{suffix}", *tracks)
        assert probe(source).stream == film
        done = pass_film(source, tmp_path)
        assert any(f"video stream {1 - film}" in note for note in done.writer.notes)
        after = [t for t in tracks_of(done.target) if t.type == "video"]
        assert [len(track.packets) for track in after] == ([10, 1] if film == 0 else [1, 10])
        before = tracks_of(source)[1 - film].packets
        assert [body for _, body in after[1 - film].packets] == [body for _, body in before]

    def test_is_the_largest_of_equal_ones(self, tmp_path, suffix):
        assert probe(
            write_tracks(tmp_path / f"in{suffix}", (6, SMALL, True), (6, LARGE, False))
        ).stream

    def test_is_the_first_of_twins(self, tmp_path, suffix):
        source = write_tracks(tmp_path / f"in{suffix}", (6, LARGE, True), (6, LARGE, True))
        assert probe(source).stream == 0


def test_the_default_track_is_the_film_of_equal_ones(tmp_path):
    source = write_tracks(tmp_path / "in.mkv", (6, LARGE, False), (6, LARGE, True))
    assert probe(source).stream == 1
