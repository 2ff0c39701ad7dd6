"""Events of a job: a file is started, a file is settled; plain values that cross processes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeAlias, TypedDict

from kinemacolor.engine.jobs.reporting.guided_shots import GuidedShot
from kinemacolor.engine.media.kinds import Kind

JsonEvent: TypeAlias = dict[str, Any]  # an event as JSON has it, by its keys
STAGES = ("index", "color", "assemble")  # of a film, in their order


class State(StrEnum):
    """How a file, or a member of an archive, ended."""

    DONE = "done"
    CARRIED = "carried"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Started:
    """Work on one file, or on one member of an archive, has begun.

    Args:
        asset: the file.
        kind: what it is.
        member: the archive's member; None for the file itself.
    """

    asset: str
    kind: Kind
    member: str | None = None

    def event(self) -> JsonEvent:
        """The event as JSON has it."""
        event: JsonEvent = {"event": "started", "asset": self.asset, "kind": self.kind}
        return event | ({"member": self.member} if self.member is not None else {})


class OutcomeFacts(TypedDict, total=False):
    """Fields of an `Outcome` that are known by who did the work; the others have their defaults."""

    target: str | None
    reason: str
    traceback: str
    notes: tuple[str, ...]
    bytes_in: int | None
    bytes_out: int | None
    sha256_in: str | None
    sha256_out: str | None
    frames: int
    missing: int
    seconds: float | None
    stages: dict[str, float]
    peak_memory: int | None
    lightness_error_mean: float | None
    lightness_error_max: float | None
    guide: str
    shots: tuple[GuidedShot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file, or of one member of an archive.

    Args:
        asset: the file.
        kind: what it is.
        state: how it ended.
        member: the archive's member; None for the file itself.
        target: what was made, as a path or as the member's name.
        reason: why it failed or was skipped.
        traceback: of a fault of this program that made it fail; empty otherwise.
        notes: what its owner should know.
        bytes_in, bytes_out: sizes of source and result.
        sha256_in, sha256_out: of source and result, as hex; None where nobody reads hashes.
        frames: that were coloured; 1 for a still.
        missing: frames that a damaged source has lost.
        seconds: of work, from its being read to its being written; of a film, over all its stages.
        stages: of a film: seconds of work in each of `STAGES`, summed over all processes and runs.
        peak_memory: the most bytes of main memory that a process had which worked on it, from its
            own start on.
        lightness_error_mean, lightness_error_max: |L* difference| of a still's pixels to its
            source, in L* units (0 to 100).
        guide: SHA-256 of what a person said of its colours; empty where nothing.
        shots: of a film: those of which a person has said something.
    """

    asset: str
    kind: Kind
    state: State
    member: str | None = None
    target: str | None = None
    reason: str = ""
    traceback: str = ""
    notes: tuple[str, ...] = ()
    bytes_in: int | None = None
    bytes_out: int | None = None
    sha256_in: str | None = None
    sha256_out: str | None = None
    frames: int = 0
    missing: int = 0
    seconds: float | None = None
    stages: dict[str, float] = field(default_factory=dict)
    peak_memory: int | None = None
    lightness_error_mean: float | None = None
    lightness_error_max: float | None = None
    guide: str = ""
    shots: tuple[GuidedShot, ...] = ()

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.asset if self.member is None else f"{self.asset}: {self.member}"

    @property
    def fps(self) -> float | None:
        """Frames of a film in a second of work."""
        if self.kind is not Kind.FILM or not self.frames or not self.seconds:
            return None
        return round(self.frames / self.seconds, 3)

    def event(self) -> JsonEvent:
        """The event as JSON has it; what is not known is left out."""
        shots = [shot.record() for shot in self.shots]
        facts = asdict(self) | {"fps": self.fps, "shots": shots}
        known = {key: value for key, value in facts.items() if value not in (None, "", (), {}, [])}
        return {"event": str(known.pop("state")), **known}


class EventSink(Protocol):
    """A receiver of a job's events: the `Report`, or a recorder in another process."""

    @property
    def digests(self) -> bool:
        """Whether anybody will read SHA-256 hashes: they cost a reading of every file."""

    def add(self, event: Started | Outcome) -> None:
        """Take an event; may be called from several threads."""
