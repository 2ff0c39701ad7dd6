"""Careful decoding: on one thread, packet by packet, so that every picture is accounted for.

FFmpeg's frame threads report an error late, and lose the good frames in flight with the bad one;
decoders mend pictures and say so in their log alone. Slower than usual, so it is for films of which
something tells that they are damaged, and for salvage.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace

import av
from av.container import InputContainer
from av.error import EOFError as EndOfStream
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet
from av.video.stream import VideoStream

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.avi_places import AviPlaces
from kinemacolor.engine.media.video.damage import Damage
from kinemacolor.engine.media.video.ffmpeg_log import Line, listening, own_lines, tells_damage
from kinemacolor.engine.media.video.packet_faults import TINY, is_faulty
from kinemacolor.engine.media.video.picture_account import PictureAccount
from kinemacolor.engine.media.video.picture_packets import (
    PacketCount,
    gaps_of,
    is_empty,
    ran_over,
    shows_picture,
)
from kinemacolor.engine.media.video.probe import VideoInfo, open_film, video_stream

_DELAY = 3  # packets from one that a demuxer calls incomplete to the joint that explains it
_JOINT = 10  # seconds of a jump that parts two recordings
_STRANGERS = 25  # frames of another size that may be damage, where the film's own follow
_FEW_STRANGERS = 2  # such frames at the end of a film that are damage all the same
_FAILURES = 1000  # of reading a packet, behind which nothing more is hoped for

Frame = tuple[av.VideoFrame, bool]  # and whether it is damaged


class CarefulDecoder:
    """Decodes a film, or what follows a point in it, as far as it can be decoded.

    Args:
        info: of the film.
        seek_pts: begin at the key frame at or before this time of presentation, in the film's time
            base; None begins at its beginning.
    """

    def __init__(self, info: VideoInfo, seek_pts: int | None = None) -> None:
        self._info = info
        self._seek_pts = seek_pts
        self._account = PictureAccount(info.time_base)
        self._count: PacketCount | None = None
        self._strangers: list[int | None] = []  # packets of frames of another size
        self._change: MediaError | None = None  # how the first of them differs
        self._failures = 0
        self._doubtful: deque[int] = deque()  # packets behind which others are missing
        self._dts: int | None = None  # of the packet before
        self._gaps: deque[int] = deque()  # places in the file
        self._places: AviPlaces | None = None
        self._reached: int | None = None  # place in the file behind the last packet

    @property
    def damage(self) -> Damage:
        """What the film has suffered, once it is read to its end."""
        if self._count is None or self._seek_pts is not None:
            return self._account.damage(0)
        damage = self._account.damage(self._count.missing)
        return replace(damage, cut_off=damage.cut_off or self._count.breaks_off)

    def frames(self) -> Generator[Frame, None, None]:
        """The frames, in order of presentation.

        Raises:
            MediaError: they change in size or format for good.
        """
        with listening():
            with own_lines() as lines:
                film = open_film(self._info.path)
            with film:
                video = video_stream(film, self._info)
                self._count = PacketCount(film, video)
                self._gaps = deque(gaps_of(film, video))
                self._places = AviPlaces(film, video)
                if any(tells_damage(line, film.format.name) for line in lines):
                    self._account.hole(anywhere=True)  # a short film is read while it is opened
                yield from self._decode_all(film, video)

    def _decode_all(self, film: InputContainer, video: VideoStream) -> Generator[Frame, None, None]:
        context = video.codec_context
        context.thread_type, context.thread_count = "NONE", 1
        context.copy_opaque = True
        if self._seek_pts is not None:
            with suppress(FFmpegError):
                film.seek(self._seek_pts, stream=video)
        packet: Packet[VideoStream] | None = None
        packets = film.demux(video)
        while True:
            with own_lines() as lines:
                try:
                    packet = next(packets, None)
                except FFmpegError as error:
                    if film.format.name == "yuv4mpegpipe" and ran_over(film, self._reached):
                        self._account.spoil(self._account.count - 1)
                    if self._goes_on_behind(error):
                        packets = film.demux(video)
                        continue
                    packet = None
                if any(tells_damage(line, film.format.name) for line in lines):
                    self._account.hole()
                    # These demuxers alone do not look at what lies behind the film's end.
                    at_end = packet is None or not packet.size
                    knows = "matroska" in film.format.name or "mp4" in film.format.name
                    self._account.cut_off |= at_end and knows
                lines.clear()
                decoded = self._decode(video, packet, lines)
            yield from decoded
            if packet is None:
                return

    def _goes_on_behind(self, error: FFmpegError) -> bool:
        """Enter that no packet could be read, and tell whether to try for the next."""
        self._account.hole()
        self._account.cut_off |= self._count is None or not self._count.is_exact
        self._failures += 1
        return isinstance(error, InvalidDataError) and self._failures < _FAILURES

    def _decode(
        self, video: VideoStream, packet: Packet[VideoStream] | None, lines: list[Line]
    ) -> list[Frame]:
        """The frames that a packet gives; None is the end."""
        if packet is not None and self._count and self._places:
            if self._places.set_right(packet):
                self._account.hole()
            self._count.add(packet)
        if packet is not None and is_empty(packet):
            return []
        number = None
        if packet is not None and packet.size:
            number = self._enter(video, packet)
        av_frames: list[av.VideoFrame] = []
        try:
            av_frames = video.decode(packet)
        except EndOfStream:
            pass
        except FFmpegError:
            if number is not None and packet is not None:
                self._account.refuse(number, shown=packet.size <= TINY and not packet.is_discard)
        codec = video.codec_context.name
        if number is not None and any(tells_damage(line, codec) for line in lines):
            self._account.spoil(number)
        frames = [self._given(av_frame) for av_frame in av_frames]
        if packet is None:
            self._end()
        return [frame for frame in frames if frame is not None]

    def _enter(self, video: VideoStream, packet: Packet[VideoStream]) -> int:
        """Enter a packet into the account, and give it its number."""
        codec = video.codec_context.name
        faulty = is_faulty(codec, packet)
        while self._gaps and packet.pos is not None and packet.pos >= self._gaps[0]:
            self._gaps.popleft()
            self._account.hole()
        number = self._account.add(
            packet.dts if packet.pts is None else packet.pts,
            key=packet.is_keyframe,
            shown=faulty or shows_picture(codec, packet),
        )
        packet.opaque = number
        self._reached = None if packet.pos is None else packet.pos + packet.size
        if faulty:
            self._account.spoil(number)
        self._watch_for_joint(packet.dts)
        if packet.is_corrupt:
            self._doubtful.append(number)
        return number

    def _watch_for_joint(self, dts: int | None) -> None:
        """Judge packets behind which others are missing, by when those after them are decoded.

        Where recordings are joined, the counter of a transport stream jumps, and nothing is lost.
        """
        before, self._dts = self._dts, dts
        if dts is not None and before is not None:
            seconds = (dts - before) * self._info.time_base
            if not 0 <= seconds < _JOINT:
                self._doubtful.clear()
        while self._doubtful and self._account.count > self._doubtful[0] + _DELAY:
            self._settle_doubt()

    def _settle_doubt(self) -> None:
        number = self._doubtful.popleft()
        self._account.spoil(number)
        self._account.hole(before=number + 1)

    def _given(self, av_frame: av.VideoFrame) -> Frame | None:
        """A frame, if it is of the film's size and format."""
        number = av_frame.opaque if isinstance(av_frame.opaque, int) else None
        if shape_of(av_frame) != (self._info.width, self._info.height, self._info.pix_fmt):
            if not self._strangers:
                self._change = changes(self._info, av_frame, self._account.answered)
            self._strangers.append(number)
            if len(self._strangers) > _STRANGERS:
                raise self._change or AssertionError
            return None
        self._refuse_strangers()
        corrupt, interlaced = av_frame.is_corrupt, av_frame.interlaced_frame
        return av_frame, self._account.answer(number, corrupt=corrupt, interlaced=interlaced)

    def _end(self) -> None:
        while self._doubtful:
            self._settle_doubt()
        if len(self._strangers) > _FEW_STRANGERS:
            raise self._change or AssertionError
        self._refuse_strangers()

    def _refuse_strangers(self) -> None:
        """Count frames of another size as undecodable: a damaged header made them."""
        for number in self._strangers:
            if number is not None:
                self._account.refuse(number)
        self._strangers.clear()


def shape_of(av_frame: av.VideoFrame) -> tuple[int, int, str]:
    """Width, height and pixel format of a decoded frame."""
    return av_frame.width, av_frame.height, av_frame.format.name


def changes(info: VideoInfo, av_frame: av.VideoFrame, count: int) -> MediaError:
    """The error for a film whose frames change in size or format after `count` of them."""
    width, height, pix_fmt = shape_of(av_frame)
    return MediaError(
        info.path,
        f"changes from {info.width}x{info.height} {info.pix_fmt} to {width}x{height} {pix_fmt} "
        f"at frame {count}",
        "split it there",
    )


def survey(info: VideoInfo) -> Damage:
    """What a film has suffered, by decoding it carefully from beginning to end.

    Args:
        info: of the film.

    Raises:
        MediaError: its frames change in size or format for good.
    """
    decoder = CarefulDecoder(info)
    for _ in decoder.frames():
        pass
    return decoder.damage
