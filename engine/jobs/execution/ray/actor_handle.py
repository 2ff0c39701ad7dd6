"""The handle of an actor in the driver's process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayError

from kinemacolor.engine.jobs.planning.units import Step, Unit

_SLOWEST = 2e6  # bytes of a source that are copied and hashed in a second


@dataclass(eq=False)
class ActorHandle:
    """An actor, and the unit that it was given last.

    Attributes:
        actor: Ray's own handle; Ray has no types for it.
        node: Ray's name of the actor's machine.
        unit: that the actor has, or had.
        frames: of the unit, that the actor has reported as coloured.
        seen: of the unit, that the actor has reported as read for the film's shots.
        hung: the actor was killed because it got no further.
    """

    actor: Any
    node: str = ""
    unit: Unit | None = None
    frames: int = 0
    seen: int = 0
    hung: bool = False
    _moved_at: float = 0.0
    _asked: Any = None

    def give(self, unit: Unit) -> Any:
        """Begin a unit; returns Ray's promise of its `UnitReport`."""
        self.unit, self.frames, self.seen = unit, 0, 0
        self._moved_at, self._asked = time.monotonic(), None
        return self.actor.run.remote(unit)

    def more_frames(self) -> int:
        """Frames that are done since the actor's last answer; 0 while it has not answered again."""
        if self._asked is None:
            self._asked = self.actor.frames.remote()
        if not ray.wait([self._asked], timeout=0)[0]:
            return 0
        asked, self._asked = self._asked, None
        before = self.seen
        try:
            frames, self.seen = ray.get(asked)
        except RayError:  # as its unit will tell
            return 0
        more: int = frames - self.frames
        self.frames = frames
        if more or self.seen != before:
            self._moved_at = time.monotonic()
        return more

    def end_if_hung(self, minutes: float) -> None:
        """Kill the actor where it gets no further for `minutes`, as one that waits for a disk.

        Frames that are coloured tell how far it is, and those that are read for a film's shots. An
        assembly has none, exemplars and an archive have much besides: they may take as long again
        as their bytes take on the slowest disk.
        """
        if self.unit is None or self.hung:
            return
        limit = 60 * minutes
        if self.unit.step in (Step.EXEMPLARS, Step.ASSEMBLY, Step.ARCHIVE):
            limit += self.unit.asset.size / _SLOWEST
        if time.monotonic() - self._moved_at > limit:
            self.hung = True
            ray.kill(self.actor)
