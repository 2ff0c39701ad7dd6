"""Packets of a film's pictures: which of them a decoder has to answer with a frame."""

from __future__ import annotations

from pathlib import Path

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from kinemacolor.engine.media.video.asf_gaps import asf_gaps
from kinemacolor.engine.media.video.fragment_gaps import fragment_gaps
from kinemacolor.engine.media.video.ogg_pages import ogg_gaps
from kinemacolor.engine.media.video.packet_faults import TINY
from kinemacolor.engine.media.video.transport_gaps import transport_gaps

_Y4M_HEAD = b"YUV4MPEG2 "


def is_empty(packet: Packet[VideoStream]) -> bool:
    """Whether a packet stands for no new picture, as AVI has them; the last, which ends it, not."""
    return packet.size == 0 and (packet.pts is not None or packet.dts is not None)


def shows_picture(codec: str, packet: Packet[VideoStream]) -> bool:
    """Whether a packet's picture is shown: not cut away by an edit list, nor for reference only.

    Args:
        codec: FFmpeg's name of the decoder.
        packet: of the film.
    """
    if packet.size <= TINY or packet.is_discard:
        return False
    first = bytes(memoryview(packet)[:1])[0]
    if codec == "vp8":
        return bool(first & 0x10)
    if codec == "vp9":
        return _vp9_shows(first, bytes(memoryview(packet)[-1:])[0])
    return True


def _vp9_shows(first: int, last: int) -> bool:
    """By the frame's header (VP9 specification, 6.2); a superframe has a frame that is shown."""
    if first >> 6 != 2 or last >> 5 == 0b110:
        return True
    at = 2 if first >> 4 & 3 == 3 else 3  # the bit that shows a frame that is there already
    return bool(first >> at & 1 or first >> (at - 2) & 1)


class PacketCount:
    """Counts the packets of a film as its container does.

    Args:
        film: opened at its beginning.
        video: its stream.
    """

    def __init__(self, film: InputContainer, video: VideoStream) -> None:
        self._is_avi = film.format.name == "avi"
        self._stated = video.frames if self._is_avi else _stated_packets(film, video)
        # Of MP4 and MOV it comes from their sample tables, without what edit lists cut away.
        self._is_mp4 = "mp4" in film.format.name
        self._indexed = len(video.index_entries) if self._is_avi or self._is_mp4 else 0
        self._seen = 0
        self._slots = 0  # of AVI: one a packet, or none for a frame that is repeated

    def add(self, packet: Packet[VideoStream]) -> None:
        """Count a packet; an empty one too, but for those that end the film."""
        self._seen += packet.size > 0 or is_empty(packet)
        if packet.dts is not None:
            self._slots = max(self._slots, packet.dts + 1)

    @property
    def is_exact(self) -> bool:
        """Whether the container tells how many there are."""
        return bool(self._stated or self._indexed)

    @property
    def breaks_off(self) -> bool:
        """Whether the last packets have not come: MP4 is read up to the first that fails."""
        return self._is_mp4 and self.missing > 0

    @property
    def missing(self) -> int:
        """How many packets the container counts that have not come."""
        if self._indexed >= self._seen:
            return self._indexed - self._seen
        # More packets than the index of an AVI had at first: it is lost, and made up meanwhile.
        return max(0, (self._stated or 0) - (self._slots if self._is_avi else self._seen))


def _stated_packets(film: InputContainer, video: VideoStream) -> int | None:
    """What a container says of all packets, where it is exact; None elsewhere."""
    container = film.format.name
    if container in ("mxf", "yuv4mpegpipe") and video.duration and video.average_rate:
        return round(video.duration * (video.time_base or 0) * video.average_rate)
    if "matroska" in container and film.metadata.get("encoder", "").startswith("libebml"):
        # Other muxers copy the statistics of mkvmerge though they cut the film.
        counts = (v for k, v in video.metadata.items() if k.upper().startswith("NUMBER_OF_FRAMES"))
        count = next(counts, "")
        return int(count) if count.isdecimal() else None
    return None


def gaps_of(film: InputContainer, video: VideoStream) -> list[int]:
    """Places in a file before which packets are missing, where a container numbers its parts."""
    name, path = film.format.name, Path(film.name)
    if name == "mpegts":
        return transport_gaps(path, video.id)
    if name == "asf":
        return asf_gaps(path, video.id)
    if name == "ogg":
        return ogg_gaps(path, video.index)
    return fragment_gaps(path) if "mp4" in name else []


def ran_over(film: InputContainer, end: int | None) -> bool:
    """Whether a YUV4MPEG2 packet that ends at a place goes on in the next: something is gone.

    Its length alone tells where a packet ends. Behind it is a frame, or another film.
    """
    if end is None:
        return False
    with open(film.name, "rb") as file:
        file.seek(end)
        return not file.read(len(_Y4M_HEAD)).startswith((b"FRAME", _Y4M_HEAD))
