"""Where an AVI's index has its packets, and at which times: it knows better behind a hole.

There, FFmpeg counts on as if nothing were missing.
"""

from __future__ import annotations

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from kinemacolor.engine.media.video.frame_clock import states_presentation

_CHUNK_HEAD = 8  # bytes, before those of the packet


class AviPlaces:
    """The packets of an AVI by its index; of other containers it knows none.

    Args:
        film: opened at its beginning.
        video: its stream.
    """

    def __init__(self, film: InputContainer, video: VideoStream) -> None:
        entries = video.index_entries if film.format.name == "avi" else ()
        self._entries = {
            entry.pos + _CHUNK_HEAD: (number, entry.timestamp)
            for number, entry in enumerate(entries)
        }
        self._times_are_true = states_presentation(film, video)
        self._last: int | None = None

    def set_right(self, packet: Packet[VideoStream]) -> bool:
        """Set the times of the next packet right, and tell whether some before it are missing."""
        number, time = self._entries.get(packet.pos or 0, (None, 0))
        if number is None:
            return False
        before, self._last = self._last, number
        if self._times_are_true and packet.dts is not None:
            late = time - packet.dts
            packet.dts += late
            if packet.pts is not None:
                packet.pts += late
        return before is not None and number > before + 1
