"""The phases of a job: what is being done, and to which file, in words and in JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.units import Step, Unit
from kinemacolor.engine.jobs.reporting.events import JsonEvent
from kinemacolor.engine.media.kinds import Kind


class Stage(StrEnum):
    """What is being done, as JSON calls it."""

    LOOKING = "looking"
    LOADING = "loading"
    READING = "reading"
    MATCHING = "matching"
    COLORING = "coloring"
    JOINING = "joining"
    TRYING = "trying"
    ASKING = "asking"


_WORDS = {
    Stage.LOOKING: "looking at the sources",
    Stage.LOADING: "loading the network",
    Stage.READING: "reading {} for shots",
    Stage.MATCHING: "matching the shots of {}",
    Stage.COLORING: "colouring {}",
    Stage.JOINING: "joining {}",
    Stage.TRYING: "colouring a few samples for the estimate",
    Stage.ASKING: "looking where colours of {} are least sure",
}
_STAGES = {
    Step.RANGES: Stage.READING,
    Step.RANGE: Stage.READING,
    Step.INDEX: Stage.READING,
    Step.EXEMPLARS: Stage.MATCHING,
    Step.ASSEMBLY: Stage.JOINING,
}
Numbers = Mapping[str, tuple[int, int]]  # number and count by asset


@dataclass(frozen=True, slots=True)
class Phase:
    """What a job is doing.

    Args:
        stage: what is being done.
        name: of the file that it is done to; empty for stills, and where there is no such file.
        kind: of that file.
        number, count: of the film or archive among those of this run, from 1; 0 where it is the
            only one.
    """

    stage: Stage
    name: str = ""
    kind: Kind = Kind.STILL
    number: int = 0
    count: int = 0

    @property
    def place(self) -> str:
        """Which of several films or archives it is, such as "film 2 of 3"; may be empty."""
        return f"{self.kind} {self.number:,} of {self.count:,}" if self.count > 1 else ""

    def text(self, longest: int | None = None) -> str:
        """The phase in words, without its place.

        Args:
            longest: characters of the file's name, at most; of a longer one the end is kept.
        """
        name = self.name or "stills"
        if longest is not None and len(name) > longest:
            name = f"...{name[3 - longest :]}" if longest > 3 else name[:longest]
        return _WORDS[self.stage].format(name)

    def event(self) -> JsonEvent:
        """The beginning of the phase as JSON has it; what is not known is left out."""
        event: JsonEvent = {"event": "phase", "phase": str(self.stage)}
        if self.name:
            event["name"] = self.name
        if self.count > 1:
            event |= {"number": self.number, "count": self.count}
        return event


def number_assets(assets: Iterable[Asset]) -> Numbers:
    """The numbers that films and archives get among those of their kind."""
    assets = [asset for asset in assets if asset.kind in (Kind.FILM, Kind.ARCHIVE)]
    counts, numbers = Counter(asset.kind for asset in assets), Counter[Kind]()
    found = {}
    for asset in assets:
        numbers[asset.kind] += 1
        found[asset.name] = numbers[asset.kind], counts[asset.kind]
    return found


def phase_of(unit: Unit, numbers: Numbers) -> Phase:
    """What is done to a unit."""
    asset, stage = unit.asset, _STAGES.get(unit.step, Stage.COLORING)
    if unit.step is Step.STILLS:
        return Phase(stage)
    return Phase(stage, asset.source.name, asset.kind, *numbers.get(asset.name, (0, 0)))
