"""Stream copy: a film's sound, subtitles, attachments and data, passed on without decoding."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Collection
from fractions import Fraction
from pathlib import Path

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from kinemacolor.engine.media.video.joined_takes import Takes
from kinemacolor.engine.media.video.monotonic_timestamps import RESTART, MonotonicTimestamps
from kinemacolor.engine.media.video.packet_times import timed_packets, without_cut_sound
from kinemacolor.engine.media.video.probe import time_base_of
from kinemacolor.engine.media.video.sound_transcode import SoundTranscoder
from kinemacolor.engine.media.video.time_span import TimeSpan

# Written by the muxer itself, or true of the source's container alone.
_CONTAINER_TAGS = frozenset(("major_brand", "minor_version", "compatible_brands", "encoder"))
# Matroska's statistics, and the name of an encoder whose work is replaced.
_VIDEO_STATISTICS = frozenset(
    (
        "BPS",
        "DURATION",
        "NUMBER_OF_FRAMES",
        "NUMBER_OF_BYTES",
        "_STATISTICS_WRITING_APP",
        "_STATISTICS_WRITING_DATE_UTC",
        "_STATISTICS_TAGS",
        "ENCODER",
        "VENDOR_ID",
    )
)


def container_tags(film: InputContainer) -> dict[str, str]:
    """A container's metadata that still holds for a film coloured from it."""
    return {k: v for k, v in film.metadata.items() if k.lower() not in _CONTAINER_TAGS}


def video_tags(video: VideoStream) -> dict[str, str]:
    """A video stream's metadata that still holds once it is encoded anew."""
    return {
        k: v for k, v in video.metadata.items() if k.split("-")[0].upper() not in _VIDEO_STATISTICS
    }


def copied_streams(film: InputContainer, video: int) -> list[Stream]:
    """The streams beside the coloured one.

    Two kinds of QuickTime track are none, as muxers write their own: the chapters' (which the
    demuxer discards), and the time code's (from the tag that it leaves on the video).
    """
    return [
        s
        for s in film.streams
        if s.index != video
        and s.discard != av.stream.Discard.all
        and not (s.type == "data" and "timecode" in s.metadata)
    ]


def is_cover(stream: Stream) -> bool:
    """Whether a stream is a still picture that players show for the film."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def add_copy(output: OutputContainer, stream: Stream) -> Stream:
    """Add a stream that takes another's packets as they are.

    Raises:
        ValueError, FFmpegError: the output's format has no place for it.
    """
    copy = output.add_stream_from_template(stream, opaque=True)
    copy.metadata.update(stream.metadata)
    copy.disposition = stream.disposition
    return copy


def attach_cover(output: OutputContainer, source: Path, stream: Stream) -> None:
    """Add a cover picture to Matroska, where it is an attachment.

    Args:
        source: the file that `stream` is in; opened anew, for a packet read is a packet gone.
    """
    with av.open(str(source.absolute()), metadata_errors="surrogateescape") as film:
        picture = bytes(next(film.demux(film.streams[stream.index])))
    kind = {"mjpeg": "jpeg"}.get(stream.codec_context.name, stream.codec_context.name)
    output.add_attachment(
        stream.metadata.get("filename", f"cover.{kind.replace('jpeg', 'jpg')}"),
        stream.metadata.get("mimetype", f"image/{kind}"),
        picture,
    )


def fits(stream: Stream, muxer: str) -> bool:
    """Whether a muxer takes a stream: found out by writing a header, as muxers' lists have gaps."""
    if is_cover(stream) and muxer == "matroska":
        return True
    if is_cover(stream) and muxer == "mov":  # taken by the muxer, and never written
        return False
    if muxer == "mp4" and stream.type == "audio" and _has_unnamed_channels(stream):
        return False
    codec = getattr(
        stream.codec_context, "name", ""
    )  # one that FFmpeg does not know has no context
    if muxer == "matroska" and codec == "tta":
        return False  # taken, and cannot be decoded whole
    try:
        with av.open(io.BytesIO(), "w", format=muxer) as trial:
            copy = add_copy(trial, stream)
            trial.start_encoding()
            if codec == "aac" and not stream.codec_context.extradata:
                first = _first_packet(stream)  # which may have what the header lacks
                first.stream = copy
                trial.mux(first)
    except (ValueError, FFmpegError):
        return False
    return True


def _first_packet(stream: Stream) -> Packet[Stream]:
    """The first packet of a stream, of its file opened anew.

    Raises:
        ValueError, FFmpegError: there is none.
    """
    with av.open(stream.container.name, metadata_errors="surrogateescape") as film:
        for packet in film.demux(film.streams[stream.index]):
            if packet.size:
                return packet
    raise ValueError


def lost_layout(stream: Stream, muxer: str) -> str:
    """The channels' names that a container has no place for; empty where it keeps them."""
    context = stream.codec_context
    if muxer != "matroska" or not isinstance(context, AudioCodecContext):
        return ""
    usual = context.layout.name in ("mono", "stereo") or _has_unnamed_channels(stream)
    return context.layout.name if context.name.startswith("pcm") and not usual else ""


def _has_unnamed_channels(stream: Stream) -> bool:
    """PCM in MP4 needs a channel layout, which AVI has none of; the muxer fails at the very end."""
    context = stream.codec_context
    return (
        isinstance(context, AudioCodecContext)
        and context.name.startswith("pcm")
        and re.fullmatch(r"\d+ channels", context.layout.name) is not None
    )


def _transcoder(source: Stream, target: Stream) -> SoundTranscoder:
    assert isinstance(source, AudioStream) and isinstance(target, AudioStream)
    return SoundTranscoder(source, target)


class StreamCopy:
    """Feeds the packets of some streams to an output, in step with its video.

    Args:
        film: opened for this alone.
        output: gets the packets.
        routes: output stream by the index of its source.
        transcoded: those of `routes` that are decoded, not copied.
        takes: the recordings that the film was joined from; None is one.
        span: what begins outside it is left out, and times count from its start; None copies all.
    """

    def __init__(
        self,
        film: InputContainer,
        output: OutputContainer,
        routes: dict[int, Stream],
        transcoded: Collection[int] = (),
        takes: Takes | None = None,
        span: TimeSpan | None = None,
    ) -> None:
        self._output = output
        self._routes = routes
        self._transcoders = {
            index: _transcoder(film.streams[index], routes[index]) for index in transcoded
        }
        for stream in film.streams:
            if stream.index not in routes:
                stream.discard = av.stream.Discard.all
        timed = [film.streams[i] for i in routes if film.streams[i].type != "attachment"]
        equal = output.format.name == "matroska"  # other muxers want every time to be new
        self._timestamps = {
            stream.index: MonotonicTimestamps(round(RESTART / time_base_of(stream)), equal=equal)
            for stream in timed
        }
        packets = timed_packets(film, timed, takes or Takes(), span) if timed else iter(())
        if output.format.name == "matroska":
            packets = without_cut_sound(packets, transcoded)
        self._packets = map(self._with_monotonic_times, packets)
        self._damaged: Counter[int] = Counter()  # packets, by the index of their stream
        self._ended = False
        self._waiting: Packet[Stream] | None = None

    def copy_until(self, time: Fraction | None) -> None:
        """Pass on every packet that starts before `time` in seconds; all of them with None.

        Raises:
            FFmpegError: reading or writing failed.
        """
        while packet := self._waiting or next(self._packets, None):
            self._waiting = None
            at = packet.pts if packet.dts is None else packet.dts
            if time is not None and at is not None and at * packet.time_base >= time:
                self._waiting = packet
                return
            if packet.size:  # demuxers end with empty ones
                self._mux(packet)
        if not self._ended:
            self._ended = True
            for transcoder in self._transcoders.values():
                self._output.mux(list(transcoder.packets(None)))

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the streams could not be kept, once all of them are passed on."""
        undecodable = (
            f"{transcoder.undecodable} packets of audio stream {index} could not be decoded"
            for index, transcoder in self._transcoders.items()
            if transcoder.undecodable
        )
        damaged = (
            f"{count:,} {'packet is' if count == 1 else 'packets are'} damaged in "
            f"{self._routes[index].type} stream {index}, and left out"
            for index, count in self._damaged.items()
        )
        return (*undecodable, *damaged)

    def _mux(self, packet: Packet[Stream]) -> None:
        index = packet.stream.index
        if index in self._transcoders:
            self._output.mux(list(self._transcoders[index].packets(packet)))
        else:
            packet.stream = self._routes[index]
            try:
                self._output.mux(packet)
            except InvalidDataError:  # no muxer can tell what is in it: it costs no film
                self._damaged[index] += 1

    def _with_monotonic_times(self, packet: Packet[Stream]) -> Packet[Stream]:
        if packet.dts is not None:
            shift = self._timestamps[packet.stream.index].shift(packet.dts, packet.duration or 0)
            packet.dts += shift
            if packet.pts is not None:
                packet.pts += shift
        return packet
