"""The memory that pictures may take, shared by all that are in work at once."""

from __future__ import annotations

from threading import Condition

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.machine import memory_limit
from kinemacolor.engine.settings import Settings

BASE = 1 << 30  # bytes of a process without pictures: libraries, network, its working memory
_GB = 1 << 30


def allowed_memory(settings: Settings) -> int:
    """Bytes that the whole process may take: `settings.memory`, or by the machine's."""
    return settings.memory_bytes or memory_limit()


def check_memory(name: object, needed: int, settings: Settings) -> None:
    """Check that a picture or film fits into memory alone.

    Args:
        name: of it, for the error.
        needed: bytes beside those of the process itself.
        settings: of which `memory` counts.

    Raises:
        MediaError: it does not.
    """
    allowed = allowed_memory(settings)
    if needed > _for_pictures(allowed):
        problem = f"needs about {_in_gb(needed + BASE)} of memory, {_in_gb(allowed)} are allowed"
        raise MediaError(name, problem, "raise --memory, or use a machine that has more")


def _for_pictures(allowed: int) -> int:
    return max(allowed - BASE, allowed // 4)


def _in_gb(size: int) -> str:
    return f"{size / _GB:.1f} GB"


class MemoryBudget:
    """Bytes that are reserved before they are allocated, and given back.

    Reservations are granted in the order of their tickets. So the oldest picture never waits for
    one behind it, and results may be held until those before them have been taken.

    Args:
        settings: of which `memory` counts.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.total = _for_pictures(allowed_memory(settings))
        self._changed = Condition()
        self._held: dict[int, int] = {}
        self._passed: set[int] = set()  # have reserved all that they will, out of turn
        self._issued = self._turn = 0
        self._closed = False

    def ticket(self) -> Ticket:
        """The next picture's place in the order; to be asked for in one thread."""
        self._issued += 1
        return Ticket(self, self._issued - 1)

    def close(self) -> None:
        """Refuse whoever waits: nobody takes results any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _reserve(self, number: int, name: str, size: int) -> None:
        check_memory(name, size, self._settings)

        def granted() -> bool:
            others = sum(held for other, held in self._held.items() if other != number)
            return self._closed or (self._turn == number and others + size <= self.total)

        with self._changed:
            self._changed.wait_for(granted)
            if self._closed:
                raise MediaError(name, "not coloured: the work was stopped")
            self._held[number] = size

    def _pass_turn(self, number: int) -> None:
        with self._changed:
            if number >= self._turn:
                self._passed.add(number)
            while self._turn in self._passed:
                self._passed.remove(self._turn)
                self._turn += 1
            self._changed.notify_all()

    def _keep(self, number: int, size: int) -> None:
        with self._changed:
            self._held[number] = min(size, self._held.get(number, 0))
            if not self._held[number]:
                del self._held[number]
            self._changed.notify_all()


class Ticket:
    """One picture's share of a budget; `pass_turn` must follow its last reservation.

    Args:
        budget: that it draws on.
        number: its place in the order.
    """

    def __init__(self, budget: MemoryBudget, number: int) -> None:
        self._budget, self._number = budget, number

    def reserve(self, name: str, size: int) -> None:
        """Wait until `size` bytes in all are this picture's.

        Raises:
            MediaError: it needs more than there is in all, or the budget was closed.
        """
        self._budget._reserve(self._number, name, size)

    def pass_turn(self) -> None:
        """Let the next picture reserve."""
        self._budget._pass_turn(self._number)

    def keep(self, size: int) -> None:
        """Give back all but `size` bytes."""
        self._budget._keep(self._number, size)
