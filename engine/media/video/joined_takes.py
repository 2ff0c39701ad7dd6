"""Recordings joined to one file, as by `cat`: where each begins, and what puts it behind the last.

Each has times of its own. All streams of a recording are moved by the same time, so that picture
and sound stay together, whichever of them ended first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from av.error import FFmpegError

from kinemacolor.engine.media.video.matroska_recordings import matroska_begins
from kinemacolor.engine.media.video.probe import VideoInfo, open_film
from kinemacolor.engine.media.video.untimed_lead import untimed_lead

_JOINABLE = ("mpegts", "mpeg")  # transport and programme streams: they have no header of the whole
_LONG_FALL = Fraction(1)  # seconds back that are no disorder of single packets
_FIRST = 256  # packets that tell whether a film begins before time zero
_CONFIRMING = 2  # packets behind a shorter fall that have to stay at or below what was before


class TimedPacket(NamedTuple):
    """A packet as far as its times go, in ticks: all streams of these containers have the same.

    Args:
        stream: its index.
        position: of its beginning in the file, in bytes.
        dts, pts: of decoding (or of presentation, where that is not stated), and of presentation.
        duration: 0 where it is not stated.
    """

    stream: int
    position: int
    dts: int
    pts: int
    duration: int


@dataclass(frozen=True)
class Takes:
    """The recordings that a file consists of.

    Args:
        begins: where they begin in the file, in bytes, rising; the first at 0.
        offsets: what is added to their times, in seconds.
        shown: when the packets of the film are shown, as the source states it, in its time base; a
            set for each of several takes.
    """

    begins: tuple[int, ...] = (0,)
    offsets: tuple[Fraction, ...] = (Fraction(0),)
    shown: tuple[frozenset[int], ...] = ()

    def __len__(self) -> int:
        return len(self.begins)

    def at(self, position: int) -> int:
        """The number of the take that a byte of the file belongs to."""
        return max(0, bisect_right(self.begins, position) - 1)


def find_takes(info: VideoInfo) -> Takes:
    """Read the packets of a film that may be joined from several; any other is one take.

    Where it begins before time zero, it is moved to begin there: not every container can hold that.

    Args:
        info: of the film.
    """
    with open_film(info.path) as film:
        begins = _stated_begins(info, film.format.name)
        if film.format.name not in _JOINABLE and len(begins) < 2:
            lead = untimed_lead(info)
            early = max(0, -lead[0]) if lead else 0
            return Takes(offsets=(early * info.time_base,))
        kinds = {s.index: s.type for s in film.streams if s.type in ("video", "audio")}
        packets = []
        positions = dict.fromkeys(kinds, 0)
        try:
            for packet in film.demux([film.streams[index] for index in kinds]):
                index = packet.stream.index
                if packet.pos is not None:  # frames that share a unit have the place of its first
                    positions[index] = packet.pos
                at = packet.dts if packet.dts is not None else packet.pts
                if packet.size and at is not None:
                    shown = at if packet.pts is None else packet.pts
                    lasting = packet.duration or 0
                    packets.append(TimedPacket(index, positions[index], at, shown, lasting))
        except FFmpegError:
            pass  # what was read so far has to do: decoding tells what it is
    sounds = [index for index, kind in kinds.items() if kind == "audio"]
    return plan_takes(packets, info, sounds=sounds, begins=begins)


def _stated_begins(info: VideoInfo, container: str) -> tuple[int, ...]:
    """Where takes begin in a container that says so; nothing in others."""
    if "matroska" not in container:
        return ()
    with info.path.open("rb") as file:
        return matroska_begins(file)


def plan_takes(
    packets: Sequence[TimedPacket],
    info: VideoInfo,
    *,
    sounds: Iterable[int],
    begins: tuple[int, ...] = (),
) -> Takes:
    """The takes that packets in the order of the file belong to.

    Args:
        info: of the film. The pictures of successive takes follow each other directly, unless sound
            would then begin before the end of the last one's.
        sounds: indexes of the streams of sound.
        begins: of the takes in the file, where they are known; else they are found by their times.
    """
    film = info.stream
    early = 0 if begins else -min((0, *(packet.pts for packet in packets[:_FIRST])))
    begins = begins or (0, *_begins(packets, round(_LONG_FALL / info.time_base), film))
    if len(begins) == 1:
        return Takes(offsets=(early * info.time_base,))
    takes = [_Take() for _ in begins]
    for packet in packets:
        takes[bisect_right(begins, packet.position) - 1].add(packet, info.frame_period)
    offsets = [early]
    for before, after in pairwise(takes):
        offset: int | None = None
        if film in before.ends and film in after.starts:
            offset = before.ends[film] - after.starts[film]
        for sound in set(sounds) & before.lasts.keys() & after.starts.keys():
            # Beside pictures that follow directly, sound may overlap by less than a packet.
            if offset is None or before.lasts[sound] - after.starts[sound] >= offset:
                offset = before.ends[sound] - after.starts[sound]
        offsets.append(offsets[-1] + (offset or 0))
    shown = tuple(frozenset(take.shown[film]) for take in takes)
    return Takes(begins, tuple(offset * info.time_base for offset in offsets), shown)


class _Take:
    """When each stream of a take starts, starts for the last time, and ends."""

    def __init__(self) -> None:
        self.starts: dict[int, int] = {}
        self.lasts: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        self.shown: defaultdict[int, set[int]] = defaultdict(set)

    def add(self, packet: TimedPacket, period: int) -> None:
        stream, pts = packet.stream, packet.pts
        self.starts[stream] = min(pts, self.starts.get(stream, pts))
        self.lasts[stream] = max(pts, self.lasts.get(stream, pts))
        end = pts + (packet.duration or period)
        self.ends[stream] = max(end, self.ends.get(stream, end))
        self.shown[stream].add(pts)


def _begins(packets: Sequence[TimedPacket], long_fall: int, film: int) -> list[int]:
    """Where takes begin, but the first: at the first packet of any stream whose times fall back.

    Falls of sound that are short are damage, unless those of the pictures lie beside them.
    """
    falls: list[tuple[int, int]] = []
    short: list[tuple[int, int]] = []
    streams = {packet.stream for packet in packets}
    for stream in streams:
        own = [packet for packet in packets if packet.stream == stream]
        times = [packet.dts for packet in own]
        for place in restarts(times, long_fall):
            is_long = times[place - 1] - times[place] >= long_fall
            kind = falls if is_long or stream == film else short
            kind.append((own[place].position, stream))
    for stream in {stream for _, stream in short}:
        own_falls = [position for position, other in short if other == stream]
        for at in [position for position, other in falls if other == film]:
            falls.append((min(own_falls, key=lambda fall: abs(fall - at)), stream))
    begins: list[int] = []
    fallen: set[int] = set()
    for position, stream in sorted(set(falls)):
        if not begins or stream in fallen:  # every stream falls once at a joint, if at all
            begins.append(position)
            fallen = set()
        fallen.add(stream)
    return begins


def restarts(times: Sequence[int], long_fall: int) -> list[int]:
    """The places at which times that should rise begin anew.

    A fall of less than `long_fall`, behind which times are soon what they were, is the disorder of
    single packets.
    """
    found = []
    highest: int | None = None
    for place, time in enumerate(times):
        if highest is not None and time < highest:
            following = times[place + 1 : place + 1 + _CONFIRMING]
            if highest - time < long_fall and not all(after <= highest for after in following):
                continue
            found.append(place)
            highest = time
        highest = time if highest is None else max(highest, time)
    return found
