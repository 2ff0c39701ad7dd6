"""An actor as the driver knows it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayError

from kinemacolor.engine.jobs.planning.units import Unit


@dataclass(eq=False)
class ActorHandle:
    """An actor and its unit.

    Attributes:
        actor: Ray's handle of it.
        node: Ray's name of its machine.
        unit: that it has, or had.
        frames: of the unit, that it has told of.
        hung: it was killed because it got no further.
    """

    actor: Any
    node: str = ""
    unit: Unit | None = None
    frames: int = 0
    hung: bool = False
    _moved_at: float = 0.0
    _asked: Any = None

    def give(self, unit: Unit) -> Any:
        """Begin a unit: Ray's promise of its end."""
        self.unit, self.frames, self._moved_at, self._asked = unit, 0, time.monotonic(), None
        return self.actor.do.remote(unit)

    def more_frames(self) -> int:
        """How many frames it has done since it was last asked, as far as it has answered."""
        if self._asked is None:
            self._asked = self.actor.frames.remote()
        if not ray.wait([self._asked], timeout=0)[0]:
            return 0
        asked, self._asked = self._asked, None
        try:
            frames: int = ray.get(asked)
        except RayError:  # as its unit will tell
            return 0
        more, self.frames = frames - self.frames, frames
        if more:
            self._moved_at = time.monotonic()
        return more

    def end_if_hung(self, minutes: float) -> None:
        """Kill an actor that has coloured nothing for so long, such as one that waits for a disk.

        Indexing and assembly have no frames to tell of, and may take their time.
        """
        still = time.monotonic() - self._moved_at
        if self.unit is not None and self.unit.frames and not self.hung and still > 60 * minutes:
            self.hung = True
            ray.kill(self.actor)
