"""Stream copy: a film's sound, subtitles, attachments and data, passed on without decoding."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
from av.audio.codeccontext import AudioCodecContext
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from kinemacolor.engine.media.video.monotonic_timestamps import RESTART, MonotonicTimestamps
from kinemacolor.engine.media.video.probe import time_base_of
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
    if muxer == "mp4" and stream.type == "audio" and _has_unnamed_channels(stream):
        return False
    try:
        with av.open(io.BytesIO(), "w", format=muxer) as trial:
            add_copy(trial, stream)
            trial.start_encoding()
    except (ValueError, FFmpegError):
        return False
    return True


def _has_unnamed_channels(stream: Stream) -> bool:
    """PCM in MP4 needs a channel layout, which AVI has none of; the muxer fails at the very end."""
    context = stream.codec_context
    return (
        isinstance(context, AudioCodecContext)
        and context.name.startswith("pcm")
        and re.fullmatch(r"\d+ channels", context.layout.name) is not None
    )


class StreamCopy:
    """Feeds the packets of some streams to an output, in step with its video.

    Args:
        film: opened for this alone.
        output: gets the packets.
        routes: output stream by the index of its source.
        span: what begins outside it is left out, and times count from its start; None copies all.
    """

    def __init__(
        self,
        film: InputContainer,
        output: OutputContainer,
        routes: dict[int, Stream],
        span: TimeSpan | None = None,
    ) -> None:
        self._output = output
        self._routes = routes
        self._span = span
        for stream in film.streams:
            if stream.index not in routes:
                stream.discard = av.stream.Discard.all
        timed = [film.streams[i] for i in routes if film.streams[i].type != "attachment"]
        equal = output.format.name == "matroska"  # other muxers want every time to be new
        self._timestamps = {
            stream.index: MonotonicTimestamps(round(RESTART / time_base_of(stream)), equal=equal)
            for stream in timed
        }
        packets = self._demux(film, timed) if timed else iter(())
        self._packets = map(self._with_monotonic_times, packets)
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
                packet.stream = self._routes[packet.stream.index]
                self._output.mux(packet)

    def _demux(self, film: InputContainer, timed: list[Stream]) -> Iterator[Packet[Stream]]:
        span = self._span
        if span is None:
            yield from film.demux(timed)
            return
        if span.start > 0:
            with suppress(FFmpegError):  # then it is read from its beginning
                film.seek(int(span.start * av.time_base))
        over = set()
        for packet in film.demux(timed):
            at = packet.pts if packet.dts is None else packet.dts
            if at is None or span.holds(at * packet.time_base):
                shift = round(span.start / packet.time_base)
                packet.pts = None if packet.pts is None else packet.pts - shift
                packet.dts = None if packet.dts is None else packet.dts - shift
                yield packet
            elif at * packet.time_base >= span.stop:
                over.add(packet.stream.index)
                if len(over) == len(timed):
                    return

    def _with_monotonic_times(self, packet: Packet[Stream]) -> Packet[Stream]:
        if packet.dts is not None:
            shift = self._timestamps[packet.stream.index].shift(packet.dts, packet.duration or 0)
            packet.dts += shift
            if packet.pts is not None:
                packet.pts += shift
        return packet
