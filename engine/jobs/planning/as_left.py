"""Whether a recorded result is still what a job has left in its place.

The version of a result then, by `units.version`, is in the ledger; where an older version of this
program wrote the entry, it is not known, and empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kinemacolor.engine.files import sha256
from kinemacolor.engine.jobs.planning.guide_texts import guide_digest
from kinemacolor.engine.jobs.planning.units import place_of, version
from kinemacolor.engine.jobs.state.entry import guides_by, made_by, results_by
from kinemacolor.engine.jobs.state.ledger import Ledger


@dataclass(frozen=True)
class Recorded:
    """What a job's ledger tells of its results.

    Args:
        made: places of results, with the versions of their sources.
        left: the same places, with the versions in which the results were left.
        given_back: places of results, with those where their sources were put instead.
        guides: the places in `made`, with the SHA-256 of what a person said of them, or "".
    """

    made: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    given_back: Mapping[str, str] = field(default_factory=dict)
    guides: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def by(cls, ledger: Ledger) -> Recorded:
        """What a ledger tells.

        Raises:
            DamagedRecord: the folder of its entries cannot be read.
        """
        entries = list(ledger.entries())
        own = (entry.get("given_back", {}) for entry in entries)
        pairs = {planned: place for told in own for planned, place in told.items()}
        return cls(made_by(entries), results_by(entries), pairs, guides_by(entries))

    def has_other_guide(self, result: Path, guide: str) -> bool:
        """Whether a result is recorded that was made with another guide than a text, "" for none.

        A source that was given back is as it is, whatever was said of it.
        """
        place = place_of(result)
        if self.guides.get(place, "") == guide_digest(guide) or place not in self.made:
            return False
        return place not in self.given_back.values()

    def is_touched(self, result: Path, source: Path) -> bool:
        """Whether a result is recorded, and a file there that is not as the job left it.

        Of a source that was given back any copy is as good.
        """
        place = place_of(result)
        if place not in self.made or is_as_left(result, self.left[place]):
            return False
        return place not in self.given_back.values() or sha256(result) != sha256(source)


def is_as_left(result: Path, left: str) -> bool:
    """Whether a file has the size and time that it was left with, as far as they are known."""
    return not left or version(result) == left


def has_size_left(result: Path, left: str) -> bool:
    """Whether a result is there, and has the size that it was left with."""
    return result.is_file() and (not left or _size(version(result)) == _size(left))


def is_cut_short(result: Path, left: str) -> bool:
    """Whether a file is smaller than it was left."""
    size = _size(left)
    return size.isdecimal() and result.stat().st_size < float(size)


def _size(seen: str) -> str:
    return seen.partition("-")[0]
