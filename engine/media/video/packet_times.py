"""The packets of the streams beside a film's picture, at the times that its result has for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from kinemacolor.engine.media.video.joined_takes import Takes
from kinemacolor.engine.media.video.time_span import TimeSpan

_MOST_PRIMING = 2  # packets before a stream's first sound, which a decoder has to have seen


def timed_packets(
    film: InputContainer, streams: Sequence[Stream], takes: Takes, span: TimeSpan | None
) -> Iterator[Packet[Stream]]:
    """Packets of an opened film, moved as their takes are.

    Args:
        streams: of the film; at least one.
        takes: by `find_takes`.
        span: what begins outside it is left out, and times count from its start; None is all.

    Raises:
        FFmpegError: reading failed.
    """
    if span is not None and span.start > 0 and not any(takes.offsets):
        with suppress(FFmpegError):  # then it is read from its beginning
            film.seek(int(span.start * av.time_base))
    packets: Iterator[Packet[Stream]] = film.demux(streams)
    if any(takes.offsets):
        packets = _behind_each_other(packets, takes)
    return packets if span is None else _within(packets, span, len(streams))


def without_cut_sound(
    packets: Iterable[Packet[Stream]], kept: Collection[int]
) -> Iterator[Packet[Stream]]:
    """Leave out sound that an edit list cuts away, for a container that has no edit lists.

    What a decoder needs before the first sound, as of AAC, stays.

    Args:
        kept: indexes of streams that are passed on whole; their decoders leave it out.
    """
    silent: dict[int, list[Packet[Stream]]] = {}  # before a stream's first sound
    begun = set()
    for packet in packets:
        index = packet.stream.index
        if packet.stream.type != "audio" or index in kept:
            yield packet
        elif not packet.is_discard:
            before = silent.pop(index, [])
            if len(before) <= _MOST_PRIMING:
                yield from before
            begun.add(index)
            yield packet
        elif index not in begun and not packet.stream.codec_context.name.startswith("pcm"):
            silent[index] = [*silent.get(index, [])[-_MOST_PRIMING:], packet]


def _behind_each_other(packets: Iterable[Packet[Stream]], takes: Takes) -> Iterator[Packet[Stream]]:
    positions: dict[int, int] = {}
    for packet in packets:
        index = packet.stream.index
        if packet.pos is not None:
            positions[index] = packet.pos
        if packet.size:
            _move(
                packet, round(takes.offsets[takes.at(positions.get(index, 0))] / packet.time_base)
            )
        yield packet


def _within(
    packets: Iterable[Packet[Stream]], span: TimeSpan, streams: int
) -> Iterator[Packet[Stream]]:
    over = set()
    for packet in packets:
        at = packet.pts if packet.dts is None else packet.dts
        if at is None or span.holds(at * packet.time_base):
            _move(packet, -round(span.start / packet.time_base))
            yield packet
        elif at * packet.time_base >= span.stop:
            over.add(packet.stream.index)
            if len(over) == streams:
                return


def _move(packet: Packet[Stream], ticks: int) -> None:
    packet.pts = None if packet.pts is None else packet.pts + ticks
    packet.dts = None if packet.dts is None else packet.dts + ticks
