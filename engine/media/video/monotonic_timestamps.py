"""Monotonic timestamps, which every container demands, for a stream whose own are not."""

from __future__ import annotations

from fractions import Fraction

RESTART = Fraction(1)  # seconds of a fall from which on it is no jitter


class MonotonicTimestamps:
    """Corrects one stream's times, in its own time base.

    A time that falls far back is a restart, as where two recordings were joined: the stream goes
    on from where it was. One that stands still or falls a little is moved just behind its
    predecessor.

    Args:
        restart: the smallest fall that counts as a restart.
        equal: whether the same time may come twice.

    Attributes:
        corrected: how many times were changed.
    """

    def __init__(self, restart: int, *, equal: bool = False) -> None:
        self.corrected = 0
        self._restart = restart
        self._least = 0 if equal else 1
        self._offset = 0
        self._next: int | None = None  # the earliest time that is allowed
        self._end = 0

    def shift(self, time: int, duration: int) -> int:
        """The correction of the next time.

        Args:
            time: of the next frame or packet.
            duration: of that frame or packet.

        Returns:
            What to add to `time`.
        """
        shift = self._offset
        if self._next is not None and time + shift < self._next:
            self.corrected += 1
            if time + shift < self._next - self._restart:
                shift = self._offset = self._end - time
            shift = max(shift, self._next - time)
        self._next = time + shift + self._least
        self._end = time + shift + duration
        return shift
