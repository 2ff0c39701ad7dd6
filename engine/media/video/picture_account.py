"""The account of a film's pictures: what packets promise, what a decoder gives, what is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from kinemacolor.engine.media.video.damage import Damage, Picture

_TAKE = 10  # seconds from which on a gap parts two recordings, rather than being a hole
_NEAR = 8  # packets by which a hole may be off the gap that it leaves, for pictures are reordered
_LEADING = 32  # packets behind the first key that may be shown before it
_STEADY = 0.9  # share of equal intervals that makes a rate constant
_FIELDS = 0.75  # of a period, within which a packet is the second field of the one before


@dataclass
class _Packet:
    """One packet of pictures, in the order of decoding."""

    time: int | None  # of presentation; of decoding where that is not known
    key: bool
    shown: bool  # it has to be answered by a frame
    answered: bool = False
    refused: bool = False  # by the decoder
    spoiled: bool = False


class PictureAccount:
    """Keeps account of a film while it is decoded, one packet after another.

    Args:
        time_base: seconds of a tick.

    Attributes:
        answered: frames so far.
        cut_off: the file ends in the midst of something.
    """

    def __init__(self, time_base: Fraction) -> None:
        self.answered = 0
        self.cut_off = False
        self._time_base = time_base
        self._packets: list[_Packet] = []
        self._holes: list[int] = []  # numbers of the packets behind them
        self._spoiling = False
        self._spoiled_until: int | None = None  # time of a key picture whose leading ones suffer
        self._holed_anywhere = False
        self._damaged: list[int] = []  # numbers of packets that suffered themselves
        self._interlaced = False
        self._unanswered = 0  # no packet before has been left without a frame

    @property
    def count(self) -> int:
        """Packets so far."""
        return len(self._packets)

    def add(self, time: int | None, *, key: bool, shown: bool) -> int:
        """Enter a packet that goes to the decoder.

        Returns:
            Its number.
        """
        if key:
            self._spoiled_until = time if self._spoiling else None
            self._spoiling = False
        leads = self._spoiled_until is not None and time is not None and time < self._spoiled_until
        self._packets.append(_Packet(time, key, shown, spoiled=self._spoiling or leads))
        return self.count - 1

    def hole(self, *, before: int | None = None, anywhere: bool = False) -> None:
        """Enter a hole in the container.

        Args:
            before: number of the packet behind it; None is the one to come.
            anywhere: nobody knows where.
        """
        self._holed_anywhere |= anywhere
        place = self.count if before is None else before
        if self._holes[-1:] != [place]:
            self._holes.append(place)
        self._spoiling |= before is None and not anywhere

    def refuse(self, number: int, *, shown: bool = False) -> None:
        """Enter that the decoder could not decode a packet.

        Args:
            number: of the packet.
            shown: it should have been a picture, for all that it seemed to be none.
        """
        self._packets[number].refused = True
        self._packets[number].shown |= shown
        self.spoil(number)

    def spoil(self, number: int) -> None:
        """Enter that a picture is damaged, and with it what builds on it: up to the next key."""
        self._damaged.append(number)
        for packet in self._packets[number:]:
            if packet.key and packet is not self._packets[number]:
                return
            packet.spoiled = True
        self._spoiling = True

    def answer(self, number: int | None, *, corrupt: bool, interlaced: bool) -> bool:
        """Enter a frame that the decoder gave.

        Args:
            number: of the packet that it comes from; None where the decoder does not tell.
            corrupt: the decoder calls it so.
            interlaced: it consists of two fields.

        Returns:
            Whether it is damaged.
        """
        self._interlaced |= interlaced
        self.answered += 1
        if number is None:
            number = self._next_unanswered()
        packet = self._packets[number]
        packet.answered = True
        if corrupt and not packet.spoiled:
            self.spoil(number)
        return packet.spoiled

    def _next_unanswered(self) -> int:
        """The packet from which a frame comes whose decoder does not tell."""
        while self._unanswered < self.count - 1 and self._packets[self._unanswered].answered:
            self._unanswered += 1
        return self._unanswered

    def damage(self, swallowed: int) -> Damage:
        """What the film has suffered, once it is read to its end.

        Args:
            swallowed: packets that its container counts and does not have.
        """
        rows, before = [], 0
        for take in self._takes():
            kept = [number for number in take if not self._begins_before(number)]
            before += len(take) - len(kept)
            rows += self._in_order_of_showing(kept)
        start = next((time for time, _ in rows if time is not None), 0)
        lost, spoiled = [], []
        after_lost = after_key = False  # Ogg states a wrong time for a key picture behind a hole
        for number, (time, packet) in enumerate(rows):
            is_key = packet is not None and packet.key
            after_lost = not is_key and (after_lost or (packet is None and not after_key))
            after_key = is_key or (packet is None and after_key)
            seconds = None
            if time is not None and time >= start:
                seconds = float((time - start) * self._time_base)
            if packet is None or not packet.answered:
                lost.append(Picture(number, seconds))
            elif packet.spoiled or after_lost:
                spoiled.append(Picture(number, seconds))
        filled = sum(packet is None for _, packet in rows)
        return Damage(
            tuple(lost),
            tuple(spoiled),
            unnamed=max(0, swallowed - filled),
            unknown=self._has_unmeasured_hole or (self._holed_anywhere and not filled),
            cut_off=self.cut_off,
            before=before,
        )

    @property
    def _has_unmeasured_hole(self) -> bool:
        """Whether there is a hole before the last picture, and no constant rate to measure it."""
        return not self._is_steady and any(hole < self.count for hole in self._holes)

    def _begins_before(self, number: int) -> bool:
        """Whether a picture without a frame builds on others that lie before the film's start."""
        packet = self._packets[number]
        if packet.answered:
            return False
        if number < self._first_key:
            return True
        leader = self._packets[self._first_key]
        if not leader.answered or packet.time is None or leader.time is None:
            return False
        return packet.time < leader.time and number <= self._first_key + _LEADING

    @cached_property
    def _first_key(self) -> int:
        return next((n for n, packet in enumerate(self._packets) if packet.key), 0)

    def _takes(self) -> Iterator[list[int]]:
        """The numbers of the packets that are pictures, parted where recordings were joined."""
        take: list[int] = []
        latest: int | None = None
        restart = round(1 / self._time_base)
        for number, packet in enumerate(self._packets):
            if not (packet.answered or packet.shown) or self._is_field(number):
                continue
            time = packet.time
            if take and time is not None and latest is not None and time < latest - restart:
                yield take
                take, latest = [], None
            take.append(number)
            if time is not None:
                latest = time if latest is None else max(time, latest)
        yield take

    def _is_field(self, number: int) -> bool:
        """Whether a packet without a frame is the second field of the picture before."""
        packet, period = self._packets[number], self._period
        if packet.answered or packet.refused or not self._interlaced or not number:
            return False
        before = self._packets[number - 1]
        if not before.answered:
            return False
        if packet.time is None or before.time is None or not period:
            return True
        return abs(packet.time - before.time) < _FIELDS * period

    def _in_order_of_showing(self, numbers: list[int]) -> list[tuple[int | None, _Packet | None]]:
        """Times and packets of a take; None stands for a picture that a hole has swallowed."""
        timed = [(self._packets[number].time, number) for number in numbers]
        if any(time is None for time, _ in timed):
            return [(time, self._packets[number]) for time, number in timed]
        timed.sort()
        rows: list[tuple[int | None, _Packet | None]] = []
        for place, (time, number) in enumerate(timed):
            if place and time is not None:
                rows += [(gap, None) for gap in self._gap_times(timed[place - 1], (time, number))]
            rows.append((time, self._packets[number]))
        return rows

    def _gap_times(self, one: tuple[int | None, int], other: tuple[int | None, int]) -> list[int]:
        """Times of the pictures that are missing between two, where something tells of a hole."""
        (begin, first), (end, second) = one, other
        period = self._period
        if begin is None or end is None or not period or not self._is_steady:
            return []
        if (end - begin) * self._time_base > _TAKE or end - begin < 1.5 * period:
            return []
        low, high = min(first, second) - _NEAR, max(first, second) + _NEAR
        near = self._holed_anywhere or any(
            low <= place <= high for place in (*self._holes, *self._damaged)
        )
        if not near:
            return []
        return [round(begin + n * period) for n in range(1, round((end - begin) / period))]

    @cached_property
    def _intervals(self) -> list[int]:
        """Ticks from picture to picture, as they are shown."""
        times = sorted({p.time for p in self._packets if p.time is not None and p.shown})
        return sorted(after - time for time, after in pairwise(times))

    @property
    def _period(self) -> int:
        """The most usual interval; 0 where there is none."""
        return self._intervals[len(self._intervals) // 2] if self._intervals else 0

    @cached_property
    def _is_steady(self) -> bool:
        """Whether the film has a constant rate, but for rounding and for holes."""
        period = self._period
        even = sum(abs(interval - period) <= max(1, period / 10) for interval in self._intervals)
        return bool(self._intervals) and even >= _STEADY * len(self._intervals)
