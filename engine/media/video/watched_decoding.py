"""Watched decoding: as fast as FFmpeg can, with an eye on everything that tells of damage."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress

import av
from av.container import InputContainer
from av.error import EOFError as EndOfStream
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from kinemacolor.engine.media.video.careful_decoding import shape_of
from kinemacolor.engine.media.video.ffmpeg_log import Line, listening, tells_damage
from kinemacolor.engine.media.video.packet_faults import H263_FAMILY, is_faulty
from kinemacolor.engine.media.video.picture_packets import (
    PacketCount,
    gaps_of,
    is_empty,
    shows_picture,
)
from kinemacolor.engine.media.video.probe import VideoInfo, open_film, video_stream


class SuspicionError(Exception):
    """Something tells that the film may be damaged: only a careful decoding knows."""


def decode_watched(
    info: VideoInfo, seek_pts: int | None = None
) -> Generator[av.VideoFrame, None, None]:
    """A film's frames in order of presentation.

    Those that were given before a suspicion are whole, and none between them is lost.

    Args:
        info: of the film.
        seek_pts: as `CarefulDecoder` has it.

    Raises:
        SuspicionError: decoder, demuxer or log tell of damage, or there are fewer frames than
            packets, or than the container says.
        MediaError: the file cannot be opened.
    """
    with listening() as lines:
        heard = len(lines)
        with open_film(info.path) as film:
            watch = _Watch(film, video_stream(film, info), lines, heard)
            try:
                yield from watch.frames(info, seek_pts)
            finally:
                # Its threads must rest before it is freed: see `listening`.
                watch.video.codec_context.flush_buffers()


class _Watch:
    """Decodes an opened film and compares what is promised with what comes.

    Args:
        film: opened.
        video: its stream that is decoded.
        lines: of FFmpeg's log.
        heard: how many of them are older than this film.
    """

    def __init__(
        self, film: InputContainer, video: VideoStream, lines: list[Line], heard: int
    ) -> None:
        self.video = video
        self._film = film
        self._lines = lines
        self._heard = heard
        self._names = (film.format.name, video.codec_context.name)
        self._count = PacketCount(film, video)
        self._pictures = 0

    def frames(self, info: VideoInfo, seek_pts: int | None) -> Iterator[av.VideoFrame]:
        # H.263 and its kin find out on the way which faults an encoder had. A frame thread does so
        # for itself, and takes damage for one of these, at one decoding and not at another.
        learns = self._names[1] in H263_FAMILY
        self.video.codec_context.thread_type = "SLICE" if learns else "AUTO"
        if seek_pts is not None:
            with suppress(FFmpegError):
                self._film.seek(seek_pts, stream=self.video)
        shape, given = (info.width, info.height, info.pix_fmt), 0
        try:
            for packet in self._film.demux(self.video):
                for av_frame in self._decode(packet):
                    if av_frame.is_corrupt or shape_of(av_frame) != shape:
                        raise SuspicionError
                    given += 1
                    yield av_frame
        except FFmpegError as error:
            raise SuspicionError from error
        if given < self._pictures:
            raise SuspicionError
        if seek_pts is None and (self._count.missing or gaps_of(self._film, self.video)):
            raise SuspicionError

    def _decode(self, packet: Packet[VideoStream]) -> list[av.VideoFrame]:
        self._count.add(packet)
        if is_empty(packet):
            return []
        codec = self._names[1]
        if packet.size:
            if packet.is_corrupt or is_faulty(codec, packet):
                raise SuspicionError
            self._pictures += shows_picture(codec, packet)
        try:
            av_frames = self.video.decode(packet)
        except EndOfStream:
            av_frames = []
        news, self._heard = self._lines[self._heard :], len(self._lines)
        if any(tells_damage(line, *self._names) for line in news):
            raise SuspicionError
        return av_frames
