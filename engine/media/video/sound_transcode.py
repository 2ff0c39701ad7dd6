"""Sound that a container cannot hold as it is: decoded, and stored sample for sample."""

from __future__ import annotations

import io
from collections.abc import Iterator

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

# Codecs without loss, by what a decoder gives: its samples go in unchanged. The first that the
# container takes is used. FLAC has whole numbers only, MP4 no PCM of 8 bits.
_CODECS = {
    "u8": ("pcm_u8", "flac"),
    "s16": ("pcm_s16le", "flac"),
    "s24": ("pcm_s24le", "flac"),
    "s32": ("pcm_s32le",),
    "flt": ("pcm_f32le",),
    "dbl": ("pcm_f64le",),
}
_ENCODED_AS = {"flac": {"u8": "s16", "s24": "s32"}, "pcm_s24le": {"s24": "s32"}}
# Their decoders give 32 bits, of which the last 8 are empty.
_OF_24_BITS = frozenset(("pcm_dvd", "pcm_bluray", "s302m", "truehd", "mlp", "dca", "wmalossless"))

# PCM in MP4 must say which channels it has; FFmpeg's default for their number where nothing does.
_DEFAULT_LAYOUTS = ("", "mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1")


class SoundTranscoder:
    """Turns one stream's packets into those of a codec without loss, with the same times.

    Args:
        source: a sound stream of the film; its decoder is used.
        target: a stream by `add_transcoded`.

    Attributes:
        undecodable: packets so far that the decoder refused.
    """

    def __init__(self, source: AudioStream, target: AudioStream) -> None:
        self.undecodable = 0
        self._source, self._target = source, target

    def packets(self, packet: Packet[Stream] | None) -> Iterator[Packet[Stream]]:
        """What becomes of a packet of the source; None ends the stream.

        Raises:
            FFmpegError: encoding failed.
        """
        try:
            frames = self._source.decode(packet)
        except FFmpegError:
            self.undecodable += 1
            return
        for frame in frames:
            yield from self._target.encode(frame)
        if packet is None:
            yield from self._target.encode(None)


def add_transcoded(output: OutputContainer, stream: Stream) -> AudioStream | None:
    """Add a stream for sound that is decoded; None where the container has no place for it.

    PCM where it has that, else FLAC; both give the samples back as they were decoded.

    Args:
        output: not yet started.
        stream: of the source.
    """
    if not isinstance(stream, AudioStream):
        return None
    codec = lossless_codec(stream, output.format.name)
    if codec is None:
        return None
    added = _add(output, stream, codec)
    added.metadata.update(stream.metadata)
    added.disposition = stream.disposition
    return added


def lossless_codec(stream: Stream, muxer: str) -> str | None:
    """The codec that holds a sound stream's samples in a container; None where there is none.

    Found out by writing a header, as muxers' lists have gaps.
    """
    context = stream.codec_context
    if not isinstance(stream, AudioStream) or not isinstance(context, AudioCodecContext):
        return None
    for codec in _CODECS.get(_sample_format(stream), ()):
        if muxer == "mp4" and codec in ("pcm_s16le", "pcm_s24le"):
            continue  # FLAC is read by more players
        try:
            with av.open(io.BytesIO(), "w", format=muxer) as trial:
                _add(trial, stream, codec)
                trial.start_encoding()
        except (ValueError, FFmpegError):
            continue
        return codec
    return None


def _sample_format(stream: AudioStream) -> str:
    """What the decoder gives: FFmpeg's name of it, packed; "s24" where 24 of 32 bits are used."""
    context = stream.codec_context
    if context.format is None:  # there was nothing to decode
        return ""
    name = context.format.packed.name
    return "s24" if name == "s32" and context.name in _OF_24_BITS else name


def _add(output: OutputContainer, stream: AudioStream, codec: str) -> AudioStream:
    source = stream.codec_context
    added = output.add_stream(codec, rate=source.sample_rate)
    assert isinstance(added, AudioStream)
    sample_format = _sample_format(stream)
    added.codec_context.format = _ENCODED_AS.get(codec, {}).get(sample_format, sample_format)
    layout = source.layout.name
    channels = source.layout.nb_channels
    if layout == f"{channels} channels" and channels < len(_DEFAULT_LAYOUTS):
        layout = _DEFAULT_LAYOUTS[channels]
    added.codec_context.layout = layout
    return added
