"""Sound that the result's container has no place for: kept sample for sample, at its times."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film, picture, pictures_of

# codec of the sound, its container (suffix, FFmpeg's name) and picture, and bits of its samples
SOURCES = [
    ("wmav1", ".wmv", "asf", "wmv2", "flt"),
    ("wmav2", ".wmv", "asf", "wmv2", "flt"),
    ("adpcm_ms", ".avi", "avi", "mpeg4", "s16"),
    ("adpcm_ima_wav", ".avi", "avi", "mpeg4", "s16"),
    ("adpcm_swf", ".flv", "flv", "flv", "s16"),
    ("adpcm_yamaha", ".avi", "avi", "mpeg4", "s16"),
    ("tta", ".mkv", "matroska", "mpeg4", "s16"),
    ("pcm_dvd", ".vob", "vob", "mpeg2video", "s16"),
    ("pcm_dvd", ".vob", "vob", "mpeg2video", "s32"),
    ("pcm_bluray", ".m2ts", "mpegts", "mpeg2video", "s16"),
    ("pcm_bluray", ".m2ts", "mpegts", "mpeg2video", "s32"),
]


def film_with_sound(path, codec, muxer, video_codec, sample_format, seconds=1):
    rate = 44100 if codec == "adpcm_swf" else 48000
    with av.open(str(path), "w", format=muxer) as film:
        video = film.add_stream(video_codec, rate=25, width=64, height=48, pix_fmt="yuv420p")
        sound = film.add_stream(codec, rate=rate, options={"strict": "-2"})
        sound.codec_context.layout, sound.codec_context.bit_rate = "stereo", 128_000
        planar = f"{sample_format}p"
        formats = [known.name for known in av.Codec(codec, "w").audio_formats]
        sound.codec_context.format = sample_format if sample_format in formats else planar
        noise = np.random.default_rng(1).integers(-(2**30), 2**30, (1, 2 * rate * seconds))
        noise = noise.astype(np.int32) & ~0xFF  # 24 bits
        frame = av.AudioFrame.from_ndarray(noise, format="s32", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        film.start_encoding()
        resampler = av.AudioResampler(
            sound.format, "stereo", rate, frame_size=sound.codec_context.frame_size or 960
        )
        parts = [part for whole in (frame, None) for part in resampler.resample(whole)]
        packets = [packet for part in (*parts, None) for packet in sound.encode(part)]
        for index in range(25 * seconds):
            shown = picture(index, "yuv420p", (64, 48))
            shown.pts, shown.time_base = index, Fraction(1, 25)
            packets += video.encode(shown)
        packets += video.encode(None)
        film.mux(sorted(packets, key=lambda packet: packet.dts * packet.time_base))
    return path


def heard(path):
    """A film's samples as they are decoded (channels, samples), and when they begin."""
    with av.open(str(path)) as film:
        frames = list(film.decode(audio=0))
        rows = [
            frame.to_ndarray() if frame.format.is_planar else frame.to_ndarray().reshape(-1, 2).T
            for frame in frames
        ]
        return np.concatenate(rows, axis=1), frames[0].pts * frames[0].time_base, film


@pytest.mark.parametrize(("codec", "suffix", "muxer", "video", "bits"), SOURCES)
class TestSoundWithoutAPlace:
    def test_is_kept_sample_for_sample(self, tmp_path, codec, suffix, muxer, video, bits):
        source = film_with_sound(tmp_path / f"in{suffix}", codec, muxer, video, bits)
        done = pass_film(source, tmp_path)
        before, began, _ = heard(source)
        after, begins, _ = heard(done.target)
        assert before.shape[1] > 40000
        assert before.dtype == after.dtype
        assert np.array_equal(before, after)
        assert abs(begins - began) <= Fraction(1, 1000)
        (note,) = [line for line in done.writer.notes if codec in line]
        assert "without loss" in note

    @pytest.mark.parametrize("container", ["mkv", "mov", "mp4"])
    def test_is_kept_in_every_container(
        self, tmp_path, codec, suffix, muxer, video, bits, container
    ):
        source = film_with_sound(tmp_path / f"in{suffix}", codec, muxer, video, bits)
        done = pass_film(source, tmp_path, Settings(container=container))
        before, after = heard(source)[0], heard(done.target)[0]
        assert np.array_equal(before, after)


def test_sound_that_cannot_be_decoded_is_told(tmp_path):
    source = film_with_sound(tmp_path / "in.vob", "pcm_dvd", "vob", "mpeg2video", "s16")
    with av.open(str(source)) as film:
        places = [p.pos for p in film.demux(audio=0) if p.size]
    content = bytearray(source.read_bytes())
    header = content.index(b"\xa0", places[5])  # private stream: LPCM, its header follows
    content[header + 5] = 0xFF  # bits, rate and channels that there are none of
    source.write_bytes(content)
    done = pass_film(source, tmp_path)
    assert any("could not be decoded" in note for note in done.writer.notes)


@pytest.mark.parametrize("container", ["mkv", "mov", "mp4"])
def test_of_an_unknown_codec_is_left_out_and_told(tmp_path, container):
    source = make_film(tmp_path / "in.mp4", codec="libx264", pix_fmt="yuv420p", audio=["aac"])
    source.write_bytes(source.read_bytes().replace(b"mp4a", b"zz?a").replace(b"esds", b"zz?s"))
    done = pass_film(source, tmp_path, Settings(container=container))
    assert any("left out" in note for note in done.writer.notes)


@pytest.mark.parametrize("container", ["mkv", "mov", "mp4"])
def test_damaged_sound_costs_no_film(tmp_path, container):
    """A packet of a transport stream that is gone leaves half a packet of AAC."""
    source = make_film(
        tmp_path / "in.ts", codec="libx264", pix_fmt="yuv420p", rate=25, frames=48, audio=["aac"]
    )
    before = [packet[7:] for packet in sound_of(source)]  # without the header of ADTS
    content = source.read_bytes()
    sound = [
        at
        for at in range(0, len(content), 188)
        if int.from_bytes(content[at + 1 : at + 3], "big") & 0x1FFF == 257
    ]
    middle = sound[len(sound) // 2]
    source.write_bytes(content[:middle] + content[middle + 188 :])
    done = pass_film(source, tmp_path, Settings(container=container))
    assert "1 packet is damaged in audio stream 1, and left out" in done.writer.notes
    assert len(pictures_of(done.target)) == 48
    after = sound_of(done.target)
    assert len(before) - 4 <= len(after) < len(before)
    assert sum(packet in before for packet in after) >= len(after) - 2


def sound_of(path):
    with av.open(str(path)) as film:
        return [bytes(packet) for packet in film.demux(audio=0) if packet.size]


def test_aac_whose_header_is_gone_is_kept_as_it_sounds(tmp_path):
    """As of a stream recorded from its midst: the muxer takes it, but none of its packets."""
    whole = film_with_sound(tmp_path / "whole.flv", "aac", "flv", "flv1", "flt").read_bytes()
    source = tmp_path / "in.flv"
    kept, at = [whole[:13]], 13
    while at < len(whole):
        tag = whole[at : at + 15 + int.from_bytes(whole[at + 1 : at + 4], "big")]
        if not (tag[0] == 8 and tag[12] == 0):  # sound: what a decoder has to know of it
            kept.append(tag)
        at += len(tag)
    source.write_bytes(b"".join(kept))
    assert len(source.read_bytes()) < len(whole)
    done = pass_film(source, tmp_path)
    was, now = heard(source)[0], heard(done.target)[0]
    assert np.array_equal(was, now)
    assert any("kept as pcm_f32le" in note for note in done.writer.notes)
