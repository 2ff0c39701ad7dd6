"""What lies in a film beside its picture: sound, subtitles, attachments, data, chapters, tags."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition
from PIL import Image

from kinemacolor.engine.media.provenance.tag import NOTE
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.pipeline.output_choice import choose_container, choose_output
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film, pictures_of, tracks_of

SOUND = {
    ".mkv": ["flac", "aac", "libopus"],
    ".mp4": ["aac", "libmp3lame"],
    ".mov": ["pcm_s16le", "aac"],
    ".avi": ["pcm_s16le", "libmp3lame"],
}
SUBTITLES = {".mkv": "subrip", ".mp4": "mov_text", ".mov": "mov_text", ".avi": None}
VIDEO = {"codec": "libx264", "pix_fmt": "yuv420p"}


def sample(path, **more):
    suffix = path.suffix
    video = {"codec": "mpeg4", "pix_fmt": "yuv420p", "time_base": Fraction(1, 24)}
    return make_film(
        path,
        **(video if suffix == ".avi" else VIDEO),
        audio=SOUND[suffix],
        subtitle=SUBTITLES[suffix],
        **more,
    )


class TestCopies:
    @pytest.mark.parametrize("codec", ["h264", "ffv1"])
    @pytest.mark.parametrize("suffix", SOUND)
    def test_have_the_same_packets_at_the_same_times(self, tmp_path, suffix, codec):
        source = sample(tmp_path / f"in{suffix}")
        asked = "mp4" if codec == "ffv1" and suffix in (".mp4", ".mov") else "auto"
        done = pass_film(source, tmp_path, Settings(codec=codec, container=asked))
        before, after = tracks_of(source)[1:], tracks_of(done.target)[1:]
        assert [t.type for t in before] == [t.type for t in after]
        assert len(before) == len(SOUND[suffix]) + bool(SUBTITLES[suffix])
        grid = Fraction(1, 1000) if done.target.suffix == ".mkv" else Fraction(1, 48000)
        for old, new in zip(before, after, strict=True):
            assert old.codec == new.codec
            if new.codec == "mov_text":  # a muxer ends subtitles with an empty one
                for track in (old, new):
                    track.packets = [(at, body) for at, body in track.packets if body != b"\0\0"]
            old_bodies = b"".join(body for _, body in old.packets)
            assert b"".join(body for _, body in new.packets) == old_bodies
            if new.codec.startswith("pcm"):
                continue  # the muxer may cut its packets anew
            assert [body for _, body in new.packets] == [body for _, body in old.packets]
            for (at, _), (then, _) in zip(old.packets, new.packets, strict=True):
                assert abs(at - then) <= grid

    def test_keep_language_title_and_disposition(self, tmp_path):
        source = sample(tmp_path / "in.mkv", video_metadata={"title": "Bild"})
        done = pass_film(source, tmp_path)
        before, after = tracks_of(source), tracks_of(done.target)
        for old, new in zip(before, after, strict=True):
            for key in ("language", "title"):
                assert new.metadata.get(key) == old.metadata.get(key)
            assert new.disposition == old.disposition
        assert after[0].metadata["title"] == "Bild"
        assert after[1].metadata["language"] == "deu"
        assert after[-1].disposition == Disposition.forced

    def test_are_interleaved_with_the_pictures(self, tmp_path):
        """Or a player would have to seek, and the muxer to remember."""
        source = make_film(tmp_path / "in.mkv", **VIDEO, frames=240, audio=["flac"])
        done = pass_film(source, tmp_path)
        with av.open(str(done.target)) as film:
            times = [float(p.dts * p.time_base) for p in film.demux() if p.dts is not None]
        assert len(times) > 300
        assert np.diff(times).min() > -0.5

    def test_of_attachments(self, tmp_path):
        font = bytes(range(256)) * 40
        source = sample(tmp_path / "in.mkv", attachment=font)
        done = pass_film(source, tmp_path)
        (attached,) = [t for t in tracks_of(done.target) if t.type == "attachment"]
        assert attached.data == font
        assert attached.metadata["filename"] == "title.ttf"
        assert attached.metadata["mimetype"] == "application/x-truetype-font"

    @pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
    def test_of_cover_art(self, tmp_path, suffix):
        art = io.BytesIO()
        Image.new("RGB", (8, 8), "red").save(art, "PNG")
        source = sample(tmp_path / f"in{suffix}", cover=art.getvalue())
        done = pass_film(source, tmp_path)
        covers = [t for t in tracks_of(done.target) if t.disposition & Disposition.attached_pic]
        assert [body for t in covers for _, body in t.packets] == [art.getvalue()]
        assert len(pictures_of(done.target)) == 12

    def test_of_cover_art_are_told_where_there_is_no_place(self, tmp_path):
        art = io.BytesIO()
        Image.new("RGB", (8, 8), (10, 20, 30)).save(art, "PNG")
        source = sample(tmp_path / "in.mp4", cover=art.getvalue(), metadata={"title": "Kopie"})
        done = pass_film(source, tmp_path, Settings(codec="prores", container="mov"))
        assert any("png" in note and "left out" in note for note in done.writer.notes)
        with av.open(str(done.target)) as film:
            assert film.metadata["title"] == "Kopie"

    def test_of_provenance_beside_cover_art(self, tmp_path):
        art = io.BytesIO()
        Image.new("RGB", (8, 8)).save(art, "PNG")
        source = sample(tmp_path / "in.mp4", cover=art.getvalue(), metadata={"comment": "Kopie"})
        done = pass_film(source, tmp_path, tags={"SOURCE_TYPE": "composite"})
        with av.open(str(done.target)) as film:
            assert film.metadata["comment"] == f"Kopie\n{NOTE}\nSOURCE_TYPE=composite"

    def test_of_timecode(self, tmp_path):
        source = sample(tmp_path / "in.mov", video_metadata={"timecode": "01:02:03:04"})
        assert [t for t in tracks_of(source) if t.type == "data"]
        done = pass_film(source, tmp_path)
        (code,) = [t for t in tracks_of(done.target) if t.type == "data"]
        assert code.metadata["timecode"] == "01:02:03:04"
        (old,) = [t for t in tracks_of(source) if t.type == "data"]
        assert code.packets == old.packets

    def test_that_do_not_fit_are_named(self, tmp_path):
        source = sample(tmp_path / "in.mkv", attachment=b"font")
        done = pass_film(source, tmp_path, Settings(container="mp4"))
        assert done.target.suffix == ".mp4"
        assert any("subtitle stream 4" in note and "mp4" in note for note in done.writer.notes)
        assert any("attachment stream 5" in note for note in done.writer.notes)
        assert "audio" in {t.type for t in tracks_of(done.target)}


class TestMetadata:
    @pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
    def test_of_the_container_is_kept_and_added_to(self, tmp_path, suffix):
        given = {"title": "Die Straße", "COPYRIGHT": "1927", "shelf mark": "K 11/3"}
        muxer = {} if suffix == ".mkv" else {"movflags": "use_metadata_tags"}
        source = make_film(tmp_path / f"in{suffix}", **VIDEO, metadata=given, muxer=muxer)
        done = pass_film(source, tmp_path, tags={"DIGITAL_SOURCE_TYPE": "composite"})
        with av.open(str(source)) as film:
            before = {k: v for k, v in film.metadata.items() if v in given.values()}
        with av.open(str(done.target)) as film:
            kept = film.metadata
        assert len(before) == 3
        assert before.items() <= kept.items()
        assert kept["DIGITAL_SOURCE_TYPE"] == "composite"

    @pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
    def test_chapters_are_kept_once(self, tmp_path, suffix):
        source = sample(tmp_path / f"in{suffix}", chapters=True)
        done = pass_film(source, tmp_path)
        chapters = []
        for path in (source, done.target):
            with av.open(str(path)) as film:
                chapters.append(
                    [
                        (
                            c["start"] * c["time_base"],
                            c["end"] * c["time_base"],
                            c["metadata"]["title"],
                        )
                        for c in film.chapters()
                    ]
                )
        assert chapters[0] == chapters[1]
        assert len(chapters[1]) == 2
        assert len(tracks_of(done.target)) == len(tracks_of(source))

    def test_odd_bytes_in_old_metadata_do_no_harm(self, tmp_path):
        source = make_film(
            tmp_path / "in.avi",
            codec="mpeg4",
            pix_fmt="yuv420p",
            time_base=Fraction(1, 24),
            metadata={"title": "Strasse"},
        )
        raw = source.read_bytes()
        assert raw.count(b"Strasse") == 1
        source.write_bytes(raw.replace(b"Strasse", b"Stra\xdfes"))  # Latin-1, as such files have
        done = pass_film(source, tmp_path)
        with av.open(str(done.target), metadata_errors="surrogateescape") as film:
            assert film.metadata["title"] == "Stra\udcdfes"


class TestContainers:
    @pytest.mark.parametrize(
        ("name", "settings", "suffix"),
        [
            ("in.mkv", {}, ".mkv"),
            ("in.mp4", {}, ".mp4"),
            ("in.mov", {}, ".mov"),
            ("in.m4v", {}, ".m4v"),
            ("in.mp4", {"codec": "ffv1"}, ".mkv"),
            ("in.mov", {"codec": "ffv1"}, ".mkv"),
            ("in.mp4", {"codec": "ffv1", "container": "mp4"}, ".mp4"),
            ("in.mp4", {"codec": "prores"}, ".mov"),
            ("in.mkv", {"container": "mov"}, ".mov"),
            ("in.mov", {"codec": "av1"}, ".mkv"),
        ],
    )
    def test_is_the_sources_where_the_codec_fits(self, tmp_path, name, settings, suffix):
        made = make_film(tmp_path / name.replace("m4v", "mp4"), **VIDEO, audio=["aac"])
        source = made.rename(tmp_path / name)
        chosen = Settings(**settings)
        info = probe(source)
        assert choose_container(info, choose_output(info, chosen), chosen) == suffix
        assert len(pictures_of(pass_film(source, tmp_path, chosen).target)) == 12

    def test_goes_by_content(self, tmp_path):
        source = make_film(tmp_path / "in.mkv", **VIDEO).rename(tmp_path / "in.mp4")
        assert pass_film(source, tmp_path).target.suffix == ".mkv"


@pytest.mark.parametrize(
    ("layout", "container", "told"),
    [("5.1", "mkv", True), ("stereo", "mkv", False), ("5.1", "mov", False)],
)
def test_the_names_of_channels_are_told_where_they_are_lost(tmp_path, layout, container, told):
    source = tmp_path / "in.mov"
    with av.open(str(source), "w") as film:
        video = film.add_stream("mpeg4", rate=25, width=64, height=48, pix_fmt="yuv420p")
        sound = film.add_stream("pcm_s16le", rate=48000, layout=layout)
        film.start_encoding()
        silence = np.zeros((1, 960 * sound.layout.nb_channels), np.int16)
        frame = av.AudioFrame.from_ndarray(silence, "s16", layout)
        frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
        film.mux(sound.encode(frame))
        shown = av.VideoFrame(64, 48, "yuv420p")
        shown.pts, shown.time_base = 0, Fraction(1, 25)
        film.mux(video.encode(shown) + video.encode(None))
    notes = pass_film(source, tmp_path, Settings(container=container)).writer.notes
    assert any(layout in note for note in notes) == told
